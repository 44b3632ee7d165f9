using SQLitePCL;

namespace Personalization.Storage.Sqlite;

/// <summary>What is wrong with a disk where SQLite says no more than that it could not write.</summary>
static class Disk
{
    /// <summary>With less than this left on a disk SQLite fails in many ways; each of them is that it is full.</summary>
    const long Full = 1 << 20;

    /// <summary>A line that says what to do, or null where it is not the disk.</summary>
    /// <param name="directory">Where the file is.</param>
    /// <param name="code">SQLite's, without its details.</param>
    public static string? ProblemOf(string directory, int code) =>
        code switch
        {
            raw.SQLITE_FULL => FullDisk(directory),
            raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN when Free(directory) < Full => FullDisk(directory),
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM =>
                $"The data directory {directory} cannot be written to: it or a file in it is read-only for this user.",
            _ => null,
        };

    static string FullDisk(string directory) => $"The disk of the data directory {directory} is full: free some space.";

    static long Free(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return long.MaxValue; // Nothing is known of it.
        }
    }
}

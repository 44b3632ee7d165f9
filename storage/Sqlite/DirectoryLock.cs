using Personalization.Journal;
using Personalization.Storage.Files;

namespace Personalization.Storage.Sqlite;

/// <summary>
/// The sign that this process owns a data directory: a file held open with an exclusive lock of the operating system,
/// which ends with the process however that ends.
/// </summary>
static class DirectoryLock
{
    /// <exception cref="StoreUnavailableException">Another process owns the directory, or it cannot be written to.</exception>
    public static FileStream Take(string directory)
    {
        try
        {
            PrivateFiles.MakeDirectory(directory);
            return PrivateFiles.Open(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"The data directory {directory} cannot be written to by this user.", e);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            throw new StoreUnavailableException(
                $"The data directory {directory} is in use by another process. Stop that process, send the request through its "
                    + "server, give this one a directory of its own, or use PostgreSQL, which any number of servers share.",
                e
            );
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"The data directory {directory} cannot be written to: {e.Message}", e);
        }
    }

    /// <summary>The system's own code, as a read-only file system and a full disk are IOExceptions too.</summary>
    static bool IsHeldByAnother(IOException error)
    {
        const int linuxWouldBlock = 11,
            macWouldBlock = 35,
            windowsSharingViolation = unchecked((int)0x80070020);
        return error.HResult
            == (
                OperatingSystem.IsWindows() ? windowsSharingViolation
                : OperatingSystem.IsMacOS() ? macWouldBlock
                : linuxWouldBlock
            );
    }
}

using System.Runtime.InteropServices;

namespace Personalization.Storage.Files;

/// <summary>
/// What the programs write is for their own user alone: files of mode 600 in directories of mode 700. On Windows the access
/// list of the parent directory decides.
/// </summary>
public static partial class PrivateFiles
{
    const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode OwnDirectory = Own | UnixFileMode.UserExecute;
    const uint GroupAndOthers = 0b000_111_111;

    /// <summary>For all that this process makes from now on, whoever in it makes it.</summary>
    public static void ByDefault()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetMask(GroupAndOthers);
    }

    /// <summary>Makes the directory and those above it that are missing; one that is there stays as it is.</summary>
    public static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnDirectory);
    }

    /// <summary>Opens a file to write, made where it is not there.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = share,
        };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
            options.UnixCreateMode = Own;
        return new FileStream(path, options);
    }

    /// <summary>
    /// Makes an empty file where there is none: a database gives the mode of its file to those that it makes beside it.
    /// </summary>
    public static void Make(string path)
    {
        if (!File.Exists(path))
            Open(path, FileMode.OpenOrCreate, FileShare.ReadWrite | FileShare.Delete).Dispose();
    }

    /// <summary>
    /// Takes from all but their owner what they may do with a file, or with a directory and everything in it. What belongs to
    /// another user, or lies on a file system without modes, stays as it is: so does a mounted secret.
    /// </summary>
    /// <param name="path">Nothing happens where there is neither.</param>
    public static void Close(string path)
    {
        Tighten(path);
        if (Directory.Exists(path))
            foreach (var entry in Directory.EnumerateFileSystemEntries(path, "*", NoLinks))
                Close(entry);
    }

    /// <summary>As <see cref="Close(string)"/>, of what lies in a directory under these names, and of the directory itself.</summary>
    /// <param name="directory">Nothing happens where there is none.</param>
    /// <param name="names">May have wildcards.</param>
    public static void Close(string directory, ReadOnlySpan<string> names)
    {
        if (!Directory.Exists(directory))
            return;
        Tighten(directory);
        foreach (var name in names)
        foreach (var entry in Directory.EnumerateFileSystemEntries(directory, name, NoLinks))
            Close(entry);
    }

    /// <summary>What a link points to is not ours.</summary>
    static readonly EnumerationOptions NoLinks = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    static void Tighten(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            if (File.GetUnixFileMode(path) is var mode && ((uint)mode & GroupAndOthers) != 0)
                File.SetUnixFileMode(path, mode & OwnDirectory);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Another's, or gone meanwhile.
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}

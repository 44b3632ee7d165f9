using Personalization.Journal;
using Personalization.Storage;
using Personalization.Storage.Files;

namespace Personalization.Hosting;

/// <summary>
/// History as of its own days: a copy of a shop up to a time, in which a server lives with its clock set to it.
/// </summary>
/// <param name="Folder">Null for a server in the present.</param>
/// <param name="Owner">Held open while the copy is in use; the operating system closes it with the process.</param>
public sealed record ScratchCopy(string? Folder, FileStream? Owner = null)
{
    const string Prefix = "personalization-as-of-",
        OwnerFile = "owner";

    /// <summary>A copy without the sign of an owner is one that is just being made, or one of an older version.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>Its folder and the master key beside that lie in a directory that this user alone can read.</summary>
    public static ScratchCopy New()
    {
        var root = Directory.CreateTempSubdirectory(Prefix).FullName;
        return new(
            Path.Combine(root, "data"),
            PrivateFiles.Open(Path.Combine(root, OwnerFile), FileMode.CreateNew, FileShare.None)
        );
    }

    /// <summary>Drops the copy with its master key.</summary>
    public void Drop()
    {
        if (Folder is null)
            return;
        Owner?.Dispose();
        Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
    }

    /// <summary>Drops the copies of this user's servers that were killed: a copy holds keys and what identifies people.</summary>
    public static void Sweep(DateTimeOffset now)
    {
        var all = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var root in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*", all))
            try
            {
                if (IsLeftOver(root, now))
                    Directory.Delete(root, recursive: true);
            }
            catch (Exception other) when (other is IOException or UnauthorizedAccessException)
            {
                // In use, another user's, or being swept by another server.
            }
    }

    /// <exception cref="IOException">A process owns it.</exception>
    static bool IsLeftOver(string root, DateTimeOffset now)
    {
        var owner = Array.Find([Path.Combine(root, OwnerFile), Path.Combine(root, "data", "lock")], File.Exists);
        if (owner is null)
            return now.UtcDateTime - Directory.GetLastWriteTimeUtc(root) > Forgotten;
        PrivateFiles.Open(owner, FileMode.Open, FileShare.None).Dispose();
        return true;
    }

    public static async Task<IStore> OpenAsync(
        StoreOptions options,
        DateTimeOffset now,
        string directory,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        await using var source = await Stores.OpenReadOnlyAsync(options, time, cancel);
        Console.WriteLine(
            $"Living at {now:O}: a copy of the history up to then, kept apart and dropped at the end. Nothing is delivered."
        );
        return await StoreCopy.CopyAsync(source, directory, now.ToUnixTimeMilliseconds(), time, cancel);
    }
}

using Personalization.Journal;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>
/// History as of its own days: a copy of a shop up to a time, in which a server lives with its clock set to it.
/// </summary>
/// <param name="Folder">Null for a server in the present.</param>
public sealed record ScratchCopy(string? Folder)
{
    /// <summary>Its folder and the master key beside that lie in a directory that this user alone can read.</summary>
    public static ScratchCopy New() =>
        new(Path.Combine(Directory.CreateTempSubdirectory("personalization-as-of-").FullName, "data"));

    /// <summary>Drops the copy with its master key.</summary>
    public void Drop()
    {
        if (Folder is not null)
            Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
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

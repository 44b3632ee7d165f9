using Personalization.Journal;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>
/// History as of its own days: a copy of a shop up to a time, in which a server lives with its clock set to it.
/// </summary>
/// <param name="Folder">Null for a server in the present.</param>
public sealed record ScratchCopy(string? Folder)
{
    public static string NewDirectory() =>
        Path.Combine(Path.GetTempPath(), "personalization-as-of-" + Guid.NewGuid().ToString("N")[..8]);

    /// <summary>Drops the copy with its master key.</summary>
    public void Drop()
    {
        if (Folder is null)
            return;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Folder)!, Path.GetFileName(Folder) + ".*"))
            File.Delete(file);
        Directory.Delete(Folder, recursive: true);
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

using Personalization.Journal;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>History as of its own days: a scratch copy of a shop up to a time, in which a server lives with its clock set to it.</summary>
static class AsOf
{
    public static string NewDirectory() =>
        Path.Combine(Path.GetTempPath(), "personalization-as-of-" + Guid.NewGuid().ToString("N")[..8]);

    /// <summary>Drops a scratch copy with its master key.</summary>
    public static void Drop(string directory)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(directory)!, Path.GetFileName(directory) + ".*"))
            File.Delete(file);
        Directory.Delete(directory, recursive: true);
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
        return await Storage.AsOf.CopyAsync(source, directory, now.ToUnixTimeMilliseconds(), time, cancel);
    }
}

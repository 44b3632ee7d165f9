using Personalization.Catalogue;
using Personalization.Recommendations;
using Personalization.Storage.Files;

namespace Personalization.Projections;

/// <summary>The item index on disk, so that a start need not read the whole journal: discardable, written beside and renamed.</summary>
public sealed partial class IndexImage(string path, ItemIndex index, TimeProvider time)
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    const long EnoughNew = 50_000;

    long _savedPosition = index.Position;
    DateTimeOffset _savedAt = time.GetUtcNow();

    /// <summary>Reads the image, or begins an empty index where there is none, or none that can be used.</summary>
    public static ItemIndex Open(string path, ItemIndexOptions options, ProductCatalogue catalogue, ILogger log)
    {
        if (!File.Exists(path))
            return new ItemIndex(options, catalogue);
        try
        {
            using var file = File.OpenRead(path);
            return ItemIndex.Load(file, options, catalogue);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException)
        {
            Log.Unusable(log, path, damaged.Message);
            return new ItemIndex(options, catalogue);
        }
    }

    /// <summary>Called by the index's writer between batches.</summary>
    public async Task SaveIfDueAsync(CancellationToken cancel)
    {
        if (
            index.Position - _savedPosition < EnoughNew
            && (index.Position == _savedPosition || time.GetUtcNow() - _savedAt < Every)
        )
            return;
        await SaveAsync(cancel);
    }

    public async Task SaveAsync(CancellationToken cancel)
    {
        if (index.Position == _savedPosition)
            return;
        var beside = path + ".new";
        await using (var file = PrivateFiles.Open(beside, FileMode.Create))
        {
            index.Save(file);
            await file.FlushAsync(cancel);
        }
        File.Move(beside, path, overwrite: true);
        (_savedPosition, _savedAt) = (index.Position, time.GetUtcNow());
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The index image {Path} cannot be used ({Why}); building the index from the journal."
        )]
        public static partial void Unusable(ILogger log, string path, string why);
    }
}

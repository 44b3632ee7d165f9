using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Hosting;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Feeds;

/// <summary>The shop's feeds: fetches one that is due and brings its products into the catalogue.</summary>
public sealed partial class ProductFeeds(
    CatalogueSettings settings,
    CatalogueService catalogue,
    FeedSource source,
    ISettings store,
    IngestionProblems ingestion,
    ShopClock time,
    ILogger<ProductFeeds> log
)
{
    /// <summary>The attribute that says which feed a product is of.</summary>
    const string Attribute = "feed";
    const int Chunk = 1000;

    public IReadOnlyList<FeedSettings> All => settings.Feeds;

    public async Task<FeedState> StateAsync(FeedSettings feed, CancellationToken cancel) =>
        await store.ReadSettingAsync(SettingOf(feed), cancel) is { } json
            ? JsonSerializer.Deserialize(json, ApiJson.Default.FeedState)!
            : new FeedState();

    ValueTask SaveAsync(FeedSettings feed, FeedState state, CancellationToken cancel) =>
        store.SaveSettingAsync(SettingOf(feed), JsonSerializer.SerializeToUtf8Bytes(state, ApiJson.Default.FeedState), cancel);

    static string SettingOf(FeedSettings feed) => "feed." + feed.Name;

    /// <summary>When it is to be fetched next.</summary>
    public DateTimeOffset NextOf(FeedSettings feed, FeedState state) =>
        state.FetchedAt is not { } fetched ? time.GetUtcNow()
        : state.AskedAt > fetched ? state.AskedAt.Value
        : fetched + feed.Every;

    /// <summary>Lets it be fetched at the leader's next look.</summary>
    public async Task<FeedState> AskAsync(FeedSettings feed, CancellationToken cancel)
    {
        var asked = await StateAsync(feed, cancel) with { AskedAt = time.GetUtcNow() };
        await SaveAsync(feed, asked, cancel);
        return asked;
    }

    /// <summary>Fetches what is due.</summary>
    public async Task RunOnceAsync(CancellationToken cancel)
    {
        foreach (var feed in settings.Feeds)
        {
            var state = await StateAsync(feed, cancel);
            if (NextOf(feed, state) <= time.GetUtcNow())
                await SaveAsync(feed, await FetchAsync(feed, state, cancel), cancel);
        }
    }

    async Task<FeedState> FetchAsync(FeedSettings feed, FeedState before, CancellationToken cancel)
    {
        var at = time.GetUtcNow();
        var seen = new HashSet<string>();
        var problems = new Dictionary<string, int>();
        var state = before with { FetchedAt = at, Error = null };
        try
        {
            // One that was asked for is read again, whatever its server says of its age.
            var isAsked = before.AskedAt > before.FetchedAt;
            var fetched = await source.FetchAsync(
                feed.Url,
                isAsked ? null : before.ETag,
                isAsked ? null : before.LastModified,
                cancel
            );
            if (fetched.File is null)
                return state with { Result = FeedResult.Unchanged };
            await using (fetched.File)
                await ReadAsync(feed, fetched.File, seen, problems, cancel);
            var (hidden, isShrunk) = await HideMissingAsync(feed, seen, cancel);
            return state with
            {
                Result = isShrunk ? FeedResult.Shrunk : FeedResult.Read,
                Error = isShrunk ? "It holds less than half of what it did: nothing was hidden." : null,
                Products = seen.Count,
                Hidden = hidden,
                Problems = problems,
                ETag = fetched.ETag,
                LastModified = fetched.LastModified,
            };
        }
        catch (Exception failed) when (failed is not StoreUnavailableException && !cancel.IsCancellationRequested)
        {
            var why = WhyOf(failed);
            if (why is null)
                Log.Unexpected(log, feed.Name, failed);
            else
                Log.Failed(log, feed.Name, why);
            return state with
            {
                Result = FeedResult.Failed,
                Error = why ?? "An unexpected error occurred; it has been logged.",
                Problems = problems,
                ETag = null,
                LastModified = null,
            };
        }
    }

    /// <summary>What a person can do something about; null for what is this server's own.</summary>
    static string? WhyOf(Exception failed) =>
        failed switch
        {
            HttpRequestException { InnerException: HttpRequestException inner } => inner.Message,
            HttpRequestException { HttpRequestError: HttpRequestError.Unknown } refused => refused.Message,
            HttpRequestException { HttpRequestError: var kind } => $"It cannot be reached: {kind}.",
            InvalidDataException broken => broken.Message,
            IOException => "It broke off while it was fetched.",
            OperationCanceledException => "It did not come in time.",
            _ => null,
        };

    async Task ReadAsync(
        FeedSettings feed,
        Stream file,
        HashSet<string> seen,
        Dictionary<string, int> problems,
        CancellationToken cancel
    )
    {
        var reader = new MerchantFeed(time.GetUtcNow(), (kind, field) =>
        {
            ingestion.Count("feed", kind, field);
            var name = $"{kind} {field}".TrimEnd();
            problems[name] = problems.GetValueOrDefault(name) + 1;
        });
        var rows = new List<(string, ProductPatch)>(Chunk);
        try
        {
            foreach (var (id, patch) in reader.Read(file))
            {
                seen.Add(id);
                rows.Add((id, OfFeed(feed, patch)));
                if (rows.Count == Chunk)
                {
                    await catalogue.UpsertAsync(rows, cancel);
                    rows.Clear();
                }
            }
        }
        finally
        {
            if (rows.Count > 0)
                await catalogue.UpsertAsync(rows, cancel);
        }
    }

    static ProductPatch OfFeed(FeedSettings feed, ProductPatch patch) =>
        patch with
        {
            Attributes = new Dictionary<string, string?>(patch.Attributes ?? new Dictionary<string, string?>())
            {
                [Attribute] = feed.Name,
            },
            Hidden = feed.HideMissing ? false : patch.Hidden,
        };

    /// <summary>Hides what the feed had and has no more, unless that is more than half: then the feed is the likelier mistake.</summary>
    async Task<(int Hidden, bool IsShrunk)> HideMissingAsync(FeedSettings feed, HashSet<string> seen, CancellationToken cancel)
    {
        if (!feed.HideMissing)
            return (0, false);
        var missing = catalogue.IdsWhere(Attribute, feed.Name).Where(id => !seen.Contains(id)).ToList();
        var shown = missing.FindAll(id =>
            catalogue.Products.TryNumber(id, out var number) && !catalogue.Products[number]!.Hidden
        );
        if (shown.Count > seen.Count)
            return (missing.Count - shown.Count, true);
        if (shown.Count > 0)
            await catalogue.UpsertAsync([.. shown.Select(id => (id, new ProductPatch { Hidden = true }))], cancel);
        return (missing.Count, false);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The feed {Feed} was not read: {Why}")]
        public static partial void Failed(ILogger log, string feed, string why);

        [LoggerMessage(Level = LogLevel.Error, Message = "The feed {Feed} could not be read.")]
        public static partial void Unexpected(ILogger log, string feed, Exception failed);
    }
}

using Microsoft.Extensions.Logging;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Storage;

namespace Personalization.Grains;

/// <summary>Reads the catalogue's changes that other servers have made.</summary>
public delegate Task CatchUpWithCatalogue(CancellationToken cancel);

/// <summary>How customers live in grains.</summary>
public sealed record GrainHostOptions
{
    /// <summary>A customer that has gained this many journal entries since its last snapshot gets a new one when it leaves memory. The default is 25.</summary>
    public int SnapshotEvery { get; init; } = 25;
}

/// <summary>What the customers of one silo share.</summary>
public sealed class GrainHost(
    IStore store,
    ShopWorld shop,
    TimeProvider time,
    GrainHostOptions options,
    CatchUpWithCatalogue catchUp,
    ILogger<CustomerGrain> log
)
{
    int resident;

    public IStore Store => store;
    public ShopWorld Shop => shop;
    public GrainHostOptions Options => options;
    public ILogger Log => log;
    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Customers in this silo's memory.</summary>
    public int Resident => Volatile.Read(ref resident);

    internal void Came() => Interlocked.Increment(ref resident);

    internal void Went() => Interlocked.Decrement(ref resident);

    /// <summary>The same for the product and the category that a question names.</summary>
    internal async ValueTask KnowAsync(RecommendationQuery query)
    {
        var catalogue = shop.Current.Catalogue;
        if (
            (query.Product >= 0 && catalogue[query.Product] is null)
            || (query.Category is { } category && !catalogue.Categories.TryFind(category, out _))
        )
            await catchUp(CancellationToken.None);
    }

    /// <summary>Products that another server has numbered are looked up before a turn uses them.</summary>
    internal async ValueTask KnowAsync(IReadOnlyList<Tracked> events)
    {
        foreach (var e in events)
        foreach (var line in e.Lines)
            if (shop.Current.Catalogue[line.Product] is null)
            {
                await catchUp(CancellationToken.None);
                return;
            }
    }
}

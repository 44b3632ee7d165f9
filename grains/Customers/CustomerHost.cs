using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Quarantine;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>Reads the catalogue's changes that other silos have made.</summary>
public delegate Task RefreshCatalogue(CancellationToken cancel);

/// <summary>What the customers of one silo share.</summary>
public sealed class CustomerHost(
    IStore store,
    [FromKeyedServices(CustomerGrain.Storage)] IGrainStorage snapshots,
    CurrentShop shop,
    ShopClock clock,
    CustomerOptions options,
    RefreshCatalogue refresh,
    AddressKeys addresses,
    ILogger<CustomerGrain> log
)
{
    int _resident;
    int _savedAtStop;

    public IStore Store => store;
    public IJournal Journal => store;
    public IGrainStorage Snapshots => snapshots;
    public AddressKeys Addresses => addresses;
    public CurrentShop Shop => shop;
    public CustomerOptions Options => options;
    public ILogger Log => log;
    public long Now => clock.Now;

    /// <summary>Customers in this silo's memory.</summary>
    public int Resident => Volatile.Read(ref _resident);

    /// <summary>Customers that saved a snapshot because their silo stops.</summary>
    public int SavedAtStop => Volatile.Read(ref _savedAtStop);

    /// <summary>Sets aside that an entry of a customer or of one it absorbed cannot be read; it goes on without it.</summary>
    internal ValueTask ReportDamageAsync(long customer, JournalEntry entry, InvalidDataException why) =>
        store.SetAsideAsync(
            log,
            QuarantineKind.History,
            customer.ToString(CultureInfo.InvariantCulture),
            customer,
            new InvalidDataException($"Journal entry {entry.Position}: {why.Message}"),
            1,
            Now
        );

    internal void SavedForStop() => Interlocked.Increment(ref _savedAtStop);

    internal void Activated()
    {
        Interlocked.Increment(ref _resident);
        CustomerInstruments.Activated();
    }

    internal void Deactivated()
    {
        Interlocked.Decrement(ref _resident);
        CustomerInstruments.Deactivated();
    }

    /// <summary>A product or a category that another silo has numbered is looked up before a turn uses it.</summary>
    internal ValueTask PrepareAsync(RecommendationQuery query)
    {
        var catalogue = shop.Current.Catalogue;
        var isKnown =
            (query.Product < 0 || catalogue[query.Product] is not null)
            && (query.Category is not { } category || catalogue.Categories.TryFind(category, out _));
        return isKnown ? default : new ValueTask(refresh(CancellationToken.None));
    }

    /// <summary>The same for the products of events.</summary>
    internal ValueTask PrepareAsync(IReadOnlyList<Tracked> events)
    {
        for (var i = 0; i < events.Count; i++)
            foreach (var line in events[i].Lines)
                if (shop.Current.Catalogue[line.Product] is null)
                    return new ValueTask(refresh(CancellationToken.None));
        return default;
    }
}

/// <summary>How customers live in memory (section <c>Customers</c>).</summary>
public sealed record CustomerOptions
{
    /// <summary>A customer that no call has reached for this long leaves memory. The default is 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:02:00", "7.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A customer that has gained this many journal entries since its last snapshot gets a new one when it leaves memory. The default is 25.</summary>
    [Range(1, 1_000_000)]
    public int SnapshotEvery { get; init; } = 25;
}

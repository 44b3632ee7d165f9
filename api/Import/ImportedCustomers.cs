using System.Collections.Concurrent;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Import;

/// <summary>
/// Customers of an import that has the shop to itself: the same turns as in grains, without activating any. Each customer
/// has one turn at a time, as a chunk has one turn for each.
/// </summary>
public sealed class ImportedCustomers(IStore store, CurrentShop shop, ShopClock clock)
{
    /// <summary>Customers kept in memory; beyond it all are let go and read again where needed.</summary>
    const int MaxResident = 400_000;

    readonly ConcurrentDictionary<long, JournaledCustomer> _resident = new();

    /// <summary>How many there are: the dictionary's own count takes all of its locks.</summary>
    int _count;

    public async ValueTask<Recorded> RecordAsync(long number, RecordRequest request)
    {
        var customer = Resident(number);
        if (request.IsNewCustomer)
            customer.StartIfNotLoaded();
        while (true)
        {
            if (customer.Customer is null)
                await customer.LoadAsync(store);
            if (customer.Customer!.State.ForwardedTo is not 0 and var into)
                return await RecordAsync(into, request);
            if (await customer.TryRecordAsync(store, request, clock.Now, shop.Current) is { } recorded)
                return recorded;
        }
    }

    JournaledCustomer Resident(long number)
    {
        if (_resident.TryGetValue(number, out var customer))
            return customer;
        if (Interlocked.Increment(ref _count) > MaxResident)
        {
            _resident.Clear();
            _count = 0;
        }
        return _resident.GetOrAdd(number, static number => new JournaledCustomer(number));
    }

    public async ValueTask<MergeOutcome> MergeAsync(long source, long target, string? by, Join? join)
    {
        while (true)
        {
            var into = await store.EndOfAsync(target);
            if (await CustomerMerge.TryMergeAsync(store, source, into, by, join, clock.Now, shop.Current) is not { } outcome)
                continue;
            _resident.TryRemove(source, out _);
            _resident.TryRemove(into.Number, out _);
            return outcome;
        }
    }
}

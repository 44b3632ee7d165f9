using Personalization.Identity;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>What was destroyed, per store, and the customers that had been merged into the one erased.</summary>
public sealed record ErasureReceipt(
    long Customer,
    long At,
    IReadOnlyDictionary<string, long> Removed,
    IReadOnlyList<long> Absorbed
);

/// <summary>Forgets a person for good: every customer that was ever merged into one, with names, keys and snapshots.</summary>
public sealed class CustomerErasure(IStore store, IGrainFactory grains, NameCache cache, ShopClock clock)
{
    public async Task<ErasureReceipt> EraseAsync(long number, string by, CancellationToken cancel)
    {
        var customer = (await store.EndOfAsync(number)).Number;
        var everyone = await store.AbsorbedAsync(customer, cancel);
        var snapshots = 0;
        foreach (var one in everyone)
            snapshots += await grains.Customer(one).EraseAsync(by);
        var removed = new Dictionary<string, long>(await store.EraseAsync(everyone, cancel)) { ["snapshots"] = snapshots };
        foreach (var one in everyone)
            cache.Forget(one);
        await store.AuditAsync(by, "erase", $"{customer}", clock.Now, cancel);
        return new ErasureReceipt(customer, clock.Now, removed, [.. everyone.Where(one => one != customer)]);
    }
}

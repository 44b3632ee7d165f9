using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>Forgets a person for good: every customer that was ever merged into one, with names, keys and snapshots.</summary>
public sealed class CustomerErasure(IStore store, IGrainFactory grains, NameCache cache, ShopClock clock)
{
    public async Task<ErasureResponse> EraseAsync(long number, string by, CancellationToken cancel)
    {
        var customer = (await store.EndOfAsync(number)).Number;
        var everyone = await store.AbsorbedAsync(customer, cancel);
        var snapshots = 0;
        foreach (var one in everyone)
            snapshots += await grains.Customer(one).EraseAsync(by);
        var removed = new Dictionary<string, long>(await store.EraseAsync(everyone, cancel)) { ["snapshots"] = snapshots };
        foreach (var one in everyone)
            cache.Forget(one);
        var at = clock.Now;
        await store.AuditAsync(by, "erase", $"{customer}", at, cancel);
        return new ErasureResponse(Wire.Number(customer), Wire.Time(at)!.Value, removed, everyone.Count(one => one != customer));
    }
}

using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>Deletes what these messages left behind outside the store; returns how many files there were.</summary>
public delegate int DeleteLetters(IReadOnlyList<Guid> messages);

/// <summary>Forgets a person for good: every customer that was ever merged into one, with names, keys, snapshots and letters.</summary>
public sealed class CustomerErasure(IStore store, IGrainFactory grains, NameCache cache, ShopClock clock, DeleteLetters letters)
{
    public async Task<ErasureResponse> EraseAsync(long number, string by, CancellationToken cancel)
    {
        var customer = (await store.EndOfAsync(number)).Number;
        var everyone = await store.AbsorbedAsync(customer, cancel);
        var snapshots = 0;
        foreach (var one in everyone)
            snapshots += await grains.Customer(one).EraseAsync(by);
        // Before the outbox forgets whose they were.
        var messages = await store.MessagesOfAsync(everyone, cancel);
        var removed = new Dictionary<string, long> { ["snapshots"] = snapshots, ["letters"] = letters(messages) };
        foreach (var (where, count) in await store.EraseAsync(everyone, cancel))
            removed[where] = count;
        foreach (var one in everyone)
            cache.Forget(one);
        var at = clock.Now;
        await store.AuditAsync(by, "erase", $"{customer}", at, cancel);
        return new ErasureResponse(Wire.Number(customer), Wire.Time(at)!.Value, removed, everyone.Count(one => one != customer));
    }
}

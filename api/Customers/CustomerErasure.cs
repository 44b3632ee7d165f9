using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>Deletes what these messages left behind outside the store; returns how many files there were.</summary>
public delegate int DeleteMessages(IReadOnlyList<Guid> messages);

/// <summary>
/// Forgets a person for good: every customer that was ever merged into one, with names, keys, snapshots and messages, and
/// with what was only claimed for their user ids.
/// </summary>
public sealed class CustomerErasure(
    IStore store,
    IGrainFactory grains,
    AddressKeys addresses,
    NameCache cache,
    ShopClock clock,
    DeleteMessages delete
)
{
    public async Task<ErasureResponse> EraseAsync(long number, string by, CancellationToken cancel)
    {
        var customer = (await store.EndOfAsync(number)).Number;
        var everyone = await store.AbsorbedAsync(customer, cancel);
        var claims = await ClaimedAsync(everyone, cancel);
        foreach (var claimed in claims)
            everyone.AddRange(await store.AbsorbedAsync(claimed, cancel));
        var kept = await ForgetAddressesAsync([customer, .. claims]);
        var snapshots = 0;
        foreach (var one in everyone)
            snapshots += await grains.Customer(one).EraseAsync(by);
        // Before the outbox forgets whose they were.
        var messages = await store.MessagesOfAsync(everyone, cancel);
        var removed = new Dictionary<string, long> { ["snapshots"] = snapshots, ["messages"] = delete(messages) };
        foreach (var (where, count) in await store.EraseAsync(everyone, cancel))
            removed[where] = count;
        foreach (var one in everyone)
            cache.Forget(one);
        var at = clock.Now;
        await store.AuditAsync(by, "erase", $"{customer}", at, cancel);
        return new ErasureResponse(
            Wire.Number(customer),
            Wire.Time(at)!.Value,
            removed,
            kept,
            everyone.Count(one => one != customer)
        );
    }

    /// <summary>What was sent there and allowed is forgotten; what the address forbids stays under its hash.</summary>
    async Task<Dictionary<string, long>> ForgetAddressesAsync(long[] customers)
    {
        const string channel = "email";
        var keys = new HashSet<string>();
        foreach (var customer in customers)
            if ((await grains.Customer(customer).ReadAsync()).Profile?.Email is { } address)
                keys.Add(addresses.KeyOf(channel, address));
        var kept = 0;
        foreach (var key in keys)
            if (await grains.GetGrain<IAddressGrain>(key).ForgetAsync())
                kept++;
        return kept > 0 ? new() { ["addresses"] = kept } : [];
    }

    /// <summary>Customers of whom only the public key has said that they are one of these.</summary>
    async Task<List<long>> ClaimedAsync(IReadOnlyList<long> everyone, CancellationToken cancel)
    {
        var claimed = new List<long>();
        foreach (var name in await store.NamesOfAsync(everyone, cancel))
            if (
                name.Kind == NameKind.User
                && await store.FindNameAsync(NameKind.Claimed, name.Value, cancel) is { } same
                && await store.EndOfAsync(same.Customer) is var end
                && !everyone.Contains(end.Number)
                && !claimed.Contains(end.Number)
                && !(await store.NamesOfAsync([end.Number], cancel)).Any(other => other.Kind == NameKind.User)
            )
                claimed.Add(end.Number);
        return claimed;
    }
}

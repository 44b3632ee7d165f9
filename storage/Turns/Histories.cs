using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Storage.Turns;

/// <summary>Histories as the journal has them: a customer's own entries, and what it absorbed and gave back.</summary>
public static class Histories
{
    /// <summary>All facts of a customer up to a version.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeAsync(this IStore store, long customer, int version) =>
        History.ComposeAsync(customer, version, store.EntriesAsync);

    /// <summary>What a history will be once one more entry is written.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeWithAsync(
        this IStore store,
        long customer,
        int version,
        CustomerEvent next
    ) => History.ComposeAsync(customer, version, async (number, upTo) =>
        {
            var entries = await store.EntriesAsync(number, upTo);
            return number == customer ? [.. entries, new HistoryEntry(version, [next])] : entries;
        });

    /// <summary>A customer's own entries, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<HistoryEntry>> EntriesAsync(this IStore store, long customer, int upToVersion) =>
        (await store.ReadCustomerAsync(customer, withSnapshot: false, upToVersion))
            .Entries.Select(entry => new HistoryEntry(entry.Version, EventCodec.Read(entry.Body, entry.Personal)))
            .ToList();

    /// <summary>The customer and all that it absorbed, at any depth.</summary>
    /// <param name="store">The store.</param>
    /// <param name="customer">Where to begin.</param>
    /// <param name="forwardOf">The customer that another one forwards to, 0 for none.</param>
    /// <param name="cancel">Cancels the reading.</param>
    public static async ValueTask<List<long>> AbsorbedAsync(
        this IStore store,
        long customer,
        Func<long, ValueTask<long>> forwardOf,
        CancellationToken cancel = default
    )
    {
        var all = new List<long> { customer };
        for (var i = 0; i < all.Count; i++)
            foreach (var entry in (await store.ReadCustomerAsync(all[i], withSnapshot: false, cancel: cancel)).Entries)
            foreach (var joined in EventCodec.Read(entry.Body, []).OfType<Joined>())
                if (!all.Contains(joined.Source) && await forwardOf(joined.Source) == all[i])
                    all.Add(joined.Source);
        return all;
    }
}

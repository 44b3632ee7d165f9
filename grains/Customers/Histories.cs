using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>Histories as the journal has them: a customer's own entries, and what it absorbed and gave back.</summary>
public static class Histories
{
    /// <summary>All facts of a customer up to a version.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeAsync(this IJournal journal, long customer, int version) =>
        History.ComposeAsync(customer, version, journal.EntriesAsync);

    /// <summary>What a history will be once one more entry is written.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeWithAsync(
        this IJournal journal,
        long customer,
        int version,
        CustomerEvent next
    ) => History.ComposeAsync(customer, version, async (number, upTo) =>
        {
            var entries = await journal.EntriesAsync(number, upTo);
            return number == customer ? [.. entries, new HistoryEntry(version, [next])] : entries;
        });

    /// <summary>A customer's own entries, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<HistoryEntry>> EntriesAsync(
        this IJournal journal,
        long customer,
        int upToVersion
    ) =>
        (await journal.ReadCustomerAsync(customer, upToVersion: upToVersion))
            .Select(entry => new HistoryEntry(entry.Version, entry.Events(out _)))
            .ToList();

    /// <summary>The customer and all that it absorbed, at any depth.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="customer">Where to begin.</param>
    /// <param name="cancel">Cancels the reading.</param>
    public static async ValueTask<List<long>> AbsorbedAsync(
        this IJournal journal,
        long customer,
        CancellationToken cancel = default
    )
    {
        var all = new List<long> { customer };
        for (var i = 0; i < all.Count; i++)
            foreach (var entry in await journal.ReadCustomerAsync(all[i], cancel: cancel))
            foreach (var merged in entry.Events(out _).OfType<Merged>())
                if (!all.Contains(merged.Source) && await journal.ForwardOfAsync(merged.Source) == all[i])
                    all.Add(merged.Source);
        return all;
    }

    /// <summary>The customer that answers for a number: itself, or the last one that absorbed it.</summary>
    public static async ValueTask<JournaledCustomer> EndOfAsync(this IJournal journal, long number)
    {
        while (true)
        {
            var customer = new JournaledCustomer(number);
            await customer.LoadAsync(journal);
            if (customer.Customer!.State.ForwardedTo == 0)
                return customer;
            number = customer.Customer.State.ForwardedTo;
        }
    }

    /// <summary>The customer that absorbed this one, 0 for none.</summary>
    static async ValueTask<long> ForwardOfAsync(this IJournal journal, long number)
    {
        var customer = new JournaledCustomer(number);
        await customer.LoadAsync(journal);
        return customer.Customer!.State.ForwardedTo;
    }
}

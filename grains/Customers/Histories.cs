using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>Told of an entry that cannot be read, and why.</summary>
public delegate void FoundDamaged(JournalEntry entry, InvalidDataException why);

/// <summary>Histories as the journal has them: a customer's own entries, and what it absorbed and gave back.</summary>
public static class Histories
{
    /// <summary>All facts of a customer up to a version.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeAsync(
        this IJournal journal,
        long customer,
        int version,
        FoundDamaged damaged
    ) => History.ComposeAsync(customer, version, (number, upTo) => journal.EntriesAsync(number, upTo, damaged));

    /// <summary>What a history will be once one more entry is written.</summary>
    public static ValueTask<List<CustomerEvent>> ComposeWithAsync(
        this IJournal journal,
        long customer,
        int version,
        CustomerEvent next,
        FoundDamaged damaged
    ) => History.ComposeAsync(customer, version, async (number, upTo) =>
        {
            var entries = await journal.EntriesAsync(number, upTo, damaged);
            return number == customer ? [.. entries, new HistoryEntry(version, [next])] : entries;
        });

    /// <summary>A customer's own entries, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<HistoryEntry>> EntriesAsync(
        this IJournal journal,
        long customer,
        int upToVersion,
        FoundDamaged damaged
    ) =>
        (await journal.ReadCustomerAsync(customer, upToVersion: upToVersion))
            .Select(entry => new HistoryEntry(entry.Version, entry.Events(damaged)))
            .ToList();

    /// <summary>An entry that is damaged is stepped over: the others tell nearly all there is to know.</summary>
    public static List<CustomerEvent> Events(this JournalEntry entry, FoundDamaged damaged)
    {
        var events = entry.Events(out var why);
        if (why is not null)
            damaged(entry, why);
        return events;
    }

    /// <summary>The customer and all that it absorbed, at any depth.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="customer">Where to begin.</param>
    /// <param name="cancel">Cancels the reading.</param>
    /// <exception cref="InvalidDataException">An entry cannot be read that may name another one.</exception>
    public static async ValueTask<List<long>> AbsorbedAsync(
        this IJournal journal,
        long customer,
        CancellationToken cancel = default
    )
    {
        var all = new List<long> { customer };
        for (var i = 0; i < all.Count; i++)
            foreach (var entry in await journal.ReadCustomerAsync(all[i], cancel: cancel))
            foreach (var merged in entry.Events(MayNameAnother).OfType<Merged>())
                if (!all.Contains(merged.Source) && await journal.ForwardOfAsync(merged.Source) == all[i])
                    all.Add(merged.Source);
        return all;

        static void MayNameAnother(JournalEntry entry, InvalidDataException why) =>
            throw new InvalidDataException(
                $"Journal entry {entry.Position} of customer {entry.Customer} cannot be read ({why.Message}) "
                    + "and may say that they absorbed another customer: nothing of them was erased.",
                why
            );
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

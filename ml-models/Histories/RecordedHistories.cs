using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Models.Histories;

/// <summary>
/// Customers' histories, replayed from the journal by the fold that serves: what a model learns from is what it will be shown.
/// Erased customers are not there; joined ones are one. Of very many customers a part stands for all: who is drawn depends on the
/// customer's number alone, so that the same journal gives the same part, and memory does not grow with the journal.
/// </summary>
public sealed class RecordedHistories
{
    const int Batch = 5000;

    /// <summary>More teach no more; as many fit into a fraction of a gigabyte.</summary>
    public const int MaxCustomers = 100_000;

    readonly Dictionary<long, CustomerState> _states = [];
    readonly HashSet<long> _rewritten = [];
    readonly int _most;
    ulong _bound = ulong.MaxValue;

    RecordedHistories(int most) => _most = most;

    /// <param name="store">Of the shop.</param>
    /// <param name="most">Customers to keep.</param>
    /// <param name="progress">Called with the share of the journal that was read.</param>
    /// <param name="cancel">Stops reading.</param>
    public static Task<List<TrainingCustomer>> ReadAsync(
        IJournal store,
        int most = MaxCustomers,
        Action<double>? progress = null,
        CancellationToken cancel = default
    ) => new RecordedHistories(most).ReadAsync(store, progress, cancel);

    async Task<List<TrainingCustomer>> ReadAsync(IJournal store, Action<double>? progress, CancellationToken cancel)
    {
        var last = await store.LastPositionAsync(cancel);
        for (long position = 0; ; )
        {
            var entries = await store.ReadJournalAsync(position, Batch, withPersonal: false, cancel);
            foreach (var entry in entries)
                if (Lot(entry.Customer) <= _bound)
                    Apply(entry);
            if (entries.Count < Batch)
                break;
            position = entries[^1].Position;
            progress?.Invoke(Math.Min(1, position / (double)last));
        }
        foreach (var customer in _rewritten)
            _states[customer] = await FoldAsync(store, customer, _states[customer].Version, cancel);
        return
        [
            .. _states
                .Values.Where(state => state is { IsErased: false, ForwardedTo: 0, Purchases.Count: > 0 })
                .Select(CustomerOf),
        ];
    }

    void Apply(JournalEntry entry)
    {
        if (!_states.TryGetValue(entry.Customer, out var state))
        {
            _states[entry.Customer] = state = new CustomerState(entry.Customer);
            if (_states.Count > _most)
                Halve();
        }
        state.Version = entry.Version;
        foreach (var e in entry.Events(out _))
        {
            // State is made in the order of time; what came late, or by a join or split, is folded again at the end.
            if (e is Merged or Unmerged or Reopened || (e is Tracked t && FactOrder.Of(t).CompareTo(state.Newest) < 0))
                _rewritten.Add(entry.Customer);
            state.Apply(e);
            // What recommending lives on does not matter here.
            state.Touches.Clear();
            state.Cart.Clear();
            state.Favourites.Clear();
            state.Bought.Clear();
        }
    }

    // Who is kept now would have been kept from the start.
    void Halve()
    {
        _bound /= 2;
        foreach (var number in _states.Keys.Where(number => Lot(number) > _bound).ToList())
        {
            _states.Remove(number);
            _rewritten.Remove(number);
        }
    }

    /// <summary>A number drawn for a customer, the same each time (SplitMix64's finalizer).</summary>
    static ulong Lot(long customer)
    {
        var x = (ulong)customer + 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    static async Task<CustomerState> FoldAsync(IJournal store, long customer, int version, CancellationToken cancel)
    {
        var history = await History.ComposeAsync(customer, version, async (number, upTo) =>
            (await store.ReadCustomerAsync(number, upToVersion: upTo, cancel: cancel))
                .Select(entry => new HistoryEntry(entry.Version, entry.Events(out _)))
                .ToList()
        );
        return History.Fold(new CustomerState(customer) { Version = version }, history, []);
    }

    static TrainingCustomer CustomerOf(CustomerState s) =>
        new(
            s.Number,
            s.Purchases.Span.ToArray(),
            s.Returns.Span.ToArray(),
            s.VisitDays.Span.ToArray(),
            s.ChurnHistory.FirstSeen,
            s.Complaints.Span.ToArray()
        );
}

using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Projections;

/// <summary>Who is in which experiment, and what they ordered since.</summary>
/// <param name="known">The rows of the customers that a step is <see cref="Concerned"/> with.</param>
public sealed class ExperimentOutcomes(IReadOnlyList<ExposureRow> known)
{
    readonly Dictionary<long, List<ExposureRow>> _rows = known
        .GroupBy(row => row.Customer)
        .ToDictionary(rows => rows.Key, rows => rows.ToList());
    readonly HashSet<long> _changed = [];

    /// <summary>The rows of customers of whom one is new or not as it was.</summary>
    public IReadOnlyCollection<ExposureRow> Changed => [.. _changed.SelectMany(RowsOf)];

    /// <summary>Customers whose rows became another's. They go before <see cref="Changed"/> is saved.</summary>
    public HashSet<long> Moved { get; } = [];

    /// <summary>The customers whose rows events may change.</summary>
    public static HashSet<long> Concerned(IEnumerable<(long Customer, long Time, IReadOnlyList<CustomerEvent> Events)> entries)
    {
        var concerned = new HashSet<long>();
        foreach (var (customer, _, events) in entries)
        foreach (var e in events)
            if (e is Merged merged)
                concerned.UnionWith([customer, merged.Source]);
            else if (e is ExperimentExposed || (e is Tracked t && IsProvedOrder(t)))
                concerned.Add(customer);
        return concerned;
    }

    public void Apply(long customer, CustomerEvent e)
    {
        switch (e)
        {
            case ExperimentExposed x:
                Join(new ExposureRow(customer, x.Experiment, x.Begun, x.Variant, x.Time));
                break;
            case Tracked t when IsProvedOrder(t) && _rows.TryGetValue(customer, out var rows):
                for (var i = 0; i < rows.Count; i++)
                    rows[i] = After(rows[i], t);
                _changed.Add(customer);
                break;
            case Merged merged when _rows.Remove(merged.Source, out var moving):
                _changed.Remove(merged.Source);
                Moved.Add(merged.Source);
                foreach (var row in moving)
                    Join(row with { Customer = customer });
                break;
        }
    }

    static bool IsProvedOrder(Tracked t) => Fold.IsOrder(t) && !t.IsMachine && !t.Marks.HasFlag(EventMarks.Claimed);

    /// <summary>An order counts that was placed after the first answer; what is said of one again corrects the amount.</summary>
    static ExposureRow After(ExposureRow row, Tracked t)
    {
        var isNew = !t.Marks.HasFlag(EventMarks.RepeatedOrder);
        if (t.Time < row.At || (!isNew && row.Orders == 0))
            return row;
        return row with { Orders = row.Orders + (isNew ? 1 : 0), Revenue = Saturating.Add(row.Revenue, t.Counted) };
    }

    /// <summary>Adds a row. Two customers who turn out to be one were in the variant that came first.</summary>
    void Join(ExposureRow row)
    {
        var rows = _rows.TryGetValue(row.Customer, out var own) ? own : _rows[row.Customer] = [];
        _changed.Add(row.Customer);
        var at = rows.FindIndex(other => (other.Experiment, other.Begun) == (row.Experiment, row.Begun));
        if (at < 0)
            rows.Add(row);
        else
            rows[at] = (rows[at].At <= row.At ? rows[at] : row) with
            {
                Orders = Saturating.Add(rows[at].Orders, row.Orders),
                Revenue = Saturating.Add(rows[at].Revenue, row.Revenue),
            };
    }

    IEnumerable<ExposureRow> RowsOf(long customer) => _rows.GetValueOrDefault(customer) ?? [];
}

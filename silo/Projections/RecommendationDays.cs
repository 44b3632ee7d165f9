using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Projections;

/// <summary>What the events of a step add to the figures of the answers they are attributed to.</summary>
public sealed class RecommendationDays
{
    const long Day = 86_400_000;

    readonly Dictionary<RecommendationDay, RecommendationDay> _rows = [];

    public IReadOnlyCollection<RecommendationDay> Rows => _rows.Values;

    public void Count(Tracked t)
    {
        var outcome = Outcomes.Of(t.Kind);
        // An order counts as it was first told.
        if (outcome == Outcome.Ordered && t.Marks.HasFlag(EventMarks.RepeatedOrder))
            return;
        for (var i = 0; i < t.Attributions.Length; i++)
        {
            var key = KeyOf(t, t.Attributions[i]);
            // An order with several products of the same kind of answers is one order.
            var isFirst = !t.Attributions.Take(i).Any(earlier => KeyOf(t, earlier) == key);
            _rows[key] = Added(_rows.GetValueOrDefault(key, key), t, t.Attributions[i], outcome, isFirst);
        }
    }

    /// <summary>A row with nothing counted yet. No event is older than the answer it came of, whatever its sender's clock says.</summary>
    static RecommendationDay KeyOf(Tracked t, in Attribution answer) =>
        new((int)(Math.Max(t.Time, answer.ShownAt) / Day), (byte)answer.Placement, answer.Source, (byte)answer.By, t.IsMachine);

    static RecommendationDay Added(RecommendationDay row, Tracked t, in Attribution answer, Outcome outcome, bool isFirst)
    {
        switch (outcome)
        {
            case Outcome.Shown:
                return row with { Shown = row.Shown + 1, ShownItems = row.ShownItems + t.Lines.Length };
            case Outcome.Clicked:
                return row with { Clicked = row.Clicked + 1 };
            case Outcome.Carted:
                return row with { Carted = row.Carted + 1 };
            case Outcome.Ordered when t.Marks.HasFlag(EventMarks.Claimed):
                return row with
                {
                    ClaimedOrders = row.ClaimedOrders + (isFirst ? 1 : 0),
                    ClaimedRevenue = Saturating.Add(row.ClaimedRevenue, ShareOf(t.Lines, answer.Product, t.ClaimCounted)),
                };
            case Outcome.Ordered:
                return row with
                {
                    Orders = row.Orders + (isFirst ? 1 : 0),
                    Revenue = Saturating.Add(row.Revenue, ShareOf(t.Lines, answer.Product, t.Counted)),
                };
            default:
                return row;
        }
    }

    /// <summary>What of an order's amount is its product's: by the prices of the lines or, where none has one, by their pieces.</summary>
    public static long ShareOf(ReadOnlySpan<OrderLine> lines, int product, long amount)
    {
        if (product == Attribution.WholeEvent)
            return amount;
        Int128 own = 0,
            all = 0,
            ownPieces = 0,
            allPieces = 0;
        foreach (var line in lines)
        {
            var (worth, pieces) = ((Int128)line.Price * line.Quantity, (Int128)line.Quantity);
            (all, allPieces) = (all + worth, allPieces + pieces);
            if (line.Product == product)
                (own, ownPieces) = (own + worth, ownPieces + pieces);
        }
        if (all == 0)
            (own, all) = (ownPieces, allPieces);
        return all == 0 ? 0 : (long)(amount * own / all);
    }
}

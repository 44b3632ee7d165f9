using Personalization.Events;

namespace Personalization.Customers;

/// <summary>Merges, unmerges and erasure, seen from one customer. The host commits both sides in one transaction.</summary>
public sealed partial class Customer
{
    /// <summary>The source's side of a merge: its history ends here.</summary>
    public Turn ForwardTo(long target, long now)
    {
        var turn = new Turn();
        Do(turn, new Forwarded { Time = now, Target = target });
        if (State.Due != 0)
            turn.WakeAt(null);
        State.Due = 0;
        return turn;
    }

    /// <summary>The target's side of a merge.</summary>
    /// <param name="source">The customer absorbed, at the version before its end.</param>
    /// <param name="names">The names that move.</param>
    /// <param name="history">The facts of both, composed.</param>
    public Turn Absorb(
        CustomerState source,
        long[] names,
        string? by,
        IReadOnlyList<CustomerEvent> history,
        long now,
        ShopContext shop
    )
    {
        var turn = new Turn();
        var merged = new Merged
        {
            Time = now,
            Source = source.Number,
            UpToVersion = source.Version,
            Names = names,
            By = by,
        };
        State = History.Fold(State, history, [merged]);
        turn.Events.Add(merged with { Together = TotalsOf(State) });
        CloseAnsweredWarnings(turn, now);
        WithdrawMessages(turn, now, shop);
        if (State.LastSeen > 0)
            ArmFor(turn, Math.Max(State.LastSeen + Customers.Fold.VisitGap, now));
        return turn;
    }

    /// <summary>The target's side of an unmerge.</summary>
    /// <param name="source">The customer that leaves, as <see cref="Reopen"/> left it.</param>
    /// <param name="history">What stays, composed.</param>
    public Turn GiveBack(CustomerState source, long[] names, string by, IReadOnlyList<CustomerEvent> history, long now)
    {
        var turn = new Turn();
        State = History.Fold(State, history, []);
        turn.Events.Add(
            new Unmerged
            {
                Time = now,
                Source = source.Number,
                Names = names,
                By = by,
                Stays = TotalsOf(State),
                Leaves = TotalsOf(source),
            }
        );
        if (State.LastSeen > 0)
            ArmFor(turn, Math.Max(State.LastSeen + Customers.Fold.VisitGap, now));
        return turn;
    }

    /// <summary>The source's side of an unmerge: it stands on its own again.</summary>
    /// <param name="target">The customer it was merged into.</param>
    /// <param name="history">Its own facts and those that came in under its names at the target.</param>
    public Turn Reopen(CustomerState target, long[] names, string by, IReadOnlyList<CustomerEvent> history, long now)
    {
        var turn = new Turn();
        var reopened = new Reopened
        {
            Time = now,
            From = target.Number,
            UpToVersion = target.Version,
            Names = names,
            By = by,
        };
        turn.Events.Add(reopened);
        State = History.Fold(State, history, [reopened]);
        State.ForwardedTo = 0;
        // What waited at the merge was taken out of the outbox then.
        foreach (var waiting in State.Outreach.Waiting.Span.ToArray())
            Withhold(turn, waiting.Message, waiting.Playbook, waiting.Occasion, Withheld.NoLongerApplies, now);
        if (State.LastSeen > 0)
            ArmFor(turn, Math.Max(State.LastSeen + Customers.Fold.VisitGap, now));
        return turn;
    }

    static HistoryTotals TotalsOf(CustomerState s) =>
        new(s.Known, s.FirstSeen, s.LastSeen, s.Events, s.Orders, s.Revenue, s.Cancellations, s.Cancelled, s.LastOrder)
        {
            ClaimedOrders = s.ClaimedOrders.Count,
            ClaimedRevenue = s.ClaimedRevenue,
            Refunded = s.Refunded,
        };

    public Turn Erase(string by, long now)
    {
        var turn = new Turn();
        turn.Events.Add(new Erased { Time = now, By = by });
        State = new CustomerState(State.Number)
        {
            Version = State.Version,
            ForwardedTo = State.ForwardedTo,
            IsErased = true,
        };
        turn.WakeAt(null);
        return turn;
    }

    public Turn Hide(NeverShow change)
    {
        var turn = new Turn();
        if (!State.IsErased && State.Hidden.Span.Contains(change.Product) != change.Hidden)
            Do(turn, change);
        return turn;
    }
}

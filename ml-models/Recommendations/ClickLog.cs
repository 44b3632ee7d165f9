using Personalization.Recommendations;

namespace Personalization.Models;

/// <summary>An act on a product.</summary>
/// <param name="Customer">Whose; in files of visits, the visit.</param>
/// <param name="Visit">Number of the customer's visit, from 1; 0 for an act that belongs to none.</param>
/// <param name="Session">Key of the visit in the index.</param>
/// <param name="Product">Product number.</param>
/// <param name="Time">Unix seconds.</param>
/// <param name="Signal">What was done.</param>
/// <param name="Order">Purchases of one order share a number above 0.</param>
public readonly record struct Act(long Customer, int Visit, ulong Session, int Product, int Time, Signal Signal, int Order = 0);

/// <summary>What was done in a shop, in the order in which a server counts it.</summary>
public sealed class ClickLog(IReadOnlyList<Act> acts)
{
    private int[]? _begins;

    public int Count => acts.Count;

    public Act this[int act] => acts[act];

    /// <summary>Records acts, one after the other, as a server does.</summary>
    public void Replay(ItemIndex index, int from, int until)
    {
        var order = new List<int>();
        for (int i = from; i < until; i++)
        {
            var act = acts[i];
            index.Record(act.Session, act.Product, act.Signal, act.Time);
            if (act.Order == 0)
                continue;
            order.Add(act.Product);
            if (i + 1 < until && acts[i + 1].Order == act.Order)
                continue;
            index.RecordOrder(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(order), act.Time);
            order.Clear();
        }
    }

    /// <summary>The first act of the last part of the visits: the visits that begin there or later are that share.</summary>
    public int StartOfLast(double share)
    {
        _begins ??= Begins();
        int before = (int)Math.Ceiling(_begins.Length * (1 - share));
        return before < _begins.Length ? _begins[before] : Count;
    }

    // The act with which each visit begins.
    private int[] Begins()
    {
        var begun = new HashSet<ulong>();
        return [.. Enumerable.Range(0, Count).Where(act => begun.Add(acts[act].Session))];
    }

    /// <summary>The first acts alone.</summary>
    public ClickLog First(int count) => new([.. acts.Take(count)]);

    /// <summary>What was asked from an act on, in order: each view after the first act of its visit, with what its customer did
    /// before.</summary>
    public IEnumerable<Question> Questions(int from)
    {
        var begun = new Dictionary<long, List<Touch>>();
        for (int i = 0; i < Count; i++)
        {
            var act = acts[i];
            if (!begun.TryGetValue(act.Customer, out var touches))
                begun[act.Customer] = touches = [];
            if (i >= from && act.Signal == Signal.View && act.Visit > 0 && touches.Count > 0 && touches[^1].Visit == act.Visit)
                yield return new(i, touches, act);
            if (touches.Count == Prefix.Longest)
                touches.RemoveAt(0);
            touches.Add(new(act.Product, act.Time, act.Signal, act.Visit));
        }
    }
}

/// <summary>A question at its place in the log.</summary>
/// <param name="At">Number of the act that answers it.</param>
/// <param name="Touches">What the customer did before; valid until the next question is read.</param>
/// <param name="Answer">The act.</param>
public readonly record struct Question(int At, IReadOnlyList<Touch> Touches, Act Answer)
{
    public Prefix ToPrefix() => new([.. Touches], Answer.Product, Answer.Session);
}

/// <summary>A question with its answer: what a visitor did so far, and what they looked at next.</summary>
/// <param name="Touches">Oldest first; never empty. The last one's visit is going on.</param>
/// <param name="Next">The next product's number; -1 for one that the training file does not know.</param>
/// <param name="Session">Key of the visit in the index; 0 for one that it does not hold.</param>
public sealed record Prefix(Touch[] Touches, int Next, ulong Session = 0)
{
    /// <summary>Acts kept of a customer: as many as a server remembers.</summary>
    public const int Longest = Customers.CustomerState.MaxTouches;
}

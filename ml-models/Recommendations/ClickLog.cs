using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

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
    int[]? _begins;

    /// <summary>The shop's products, where they are known: their categories, brands and prices are learned from too.</summary>
    public ProductCatalogue? Products { get; init; }

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
    int[] Begins()
    {
        var begun = new HashSet<ulong>();
        return [.. Enumerable.Range(0, Count).Where(act => begun.Add(acts[act].Session))];
    }

    /// <summary>The first acts alone.</summary>
    public ClickLog First(int count) => new([.. acts.Take(count)]) { Products = Products };

    /// <summary>The same acts with each visit in one piece, in the order in which visits end: as an index is rebuilt at night.</summary>
    public ClickLog VisitByVisit()
    {
        var last = new Dictionary<ulong, int>();
        for (int i = 0; i < Count; i++)
            last[acts[i].Session] = i;
        return new([.. acts.OrderBy(act => last[act.Session])]) { Products = Products };
    }

    /// <summary>What was asked from an act on, in order, with what its customer did before.</summary>
    public IEnumerable<Question> Questions(int from, Objective objective = Objective.Click) =>
        new Questions(this, objective).From(from);
}

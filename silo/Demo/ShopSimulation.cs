using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// The shop running: visits one after the other by their start, newcomers among them. Every fact of a visit lies at or
/// after its start, so that whatever is older than the next visit may be told.
/// </summary>
sealed class ShopSimulation
{
    readonly int seed;
    readonly ShopCatalogue catalogue;
    readonly PriorityQueue<ShopCustomer, (long Start, int Number)> visits = new();
    readonly Chance arrivals;
    readonly double newcomersPerMillisecond,
        passersByPerMillisecond;
    int lastCustomer,
        lastPasserBy,
        planned;
    long nextNewcomer,
        nextPasserBy;

    /// <param name="founders">Those who are customers by the end of the history; more come after it, as often as before.</param>
    public ShopSimulation(int seed, ShopCatalogue catalogue, IReadOnlyList<ShopCustomer> founders, long start, long end)
    {
        (this.seed, this.catalogue) = (seed, catalogue);
        arrivals = Chance.For(seed, "arrivals");
        lastCustomer = founders.Count;
        newcomersPerMillisecond = SimulatedShop.Newcomers * founders.Count / (end - start);
        passersByPerMillisecond = 0.6 * founders.Count / (end - start);
        nextNewcomer = end + (long)arrivals.Exponential(1 / newcomersPerMillisecond);
        nextPasserBy = start + (long)arrivals.Exponential(1 / passersByPerMillisecond);
        foreach (var founder in founders)
            Plan(founder);
    }

    /// <summary>When the next visit begins.</summary>
    public long NextStart
    {
        get
        {
            LetIn();
            return visits.Peek().NextVisit;
        }
    }

    /// <summary>Runs the next visit: who came, when it began and what happened.</summary>
    public (ShopCustomer Customer, long Start, List<ImportedFact> Facts) Next()
    {
        LetIn();
        var customer = visits.Dequeue();
        var start = customer.NextVisit;
        var facts = new ShopVisit(catalogue, customer).Run();
        if (customer.PlanNextVisit(start))
            Plan(customer);
        return (customer, start, facts);
    }

    /// <summary>
    /// Newcomers and passers-by whose time comes before the next visit. Their first visit may be later in the day.
    /// </summary>
    void LetIn()
    {
        while (Math.Min(nextNewcomer, nextPasserBy) is var next && (visits.Count == 0 || next <= visits.Peek().NextVisit))
        {
            if (next == nextPasserBy)
            {
                Plan(new ShopCustomer(seed, ++lastPasserBy, passerBy: true, known: false, next));
                nextPasserBy += 1 + (long)arrivals.Exponential(1 / passersByPerMillisecond);
            }
            else
            {
                Plan(new ShopCustomer(seed, ++lastCustomer, passerBy: false, known: false, next));
                nextNewcomer += 1 + (long)arrivals.Exponential(1 / newcomersPerMillisecond);
            }
        }
    }

    void Plan(ShopCustomer customer) => visits.Enqueue(customer, (customer.NextVisit, planned++));
}

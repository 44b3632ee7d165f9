using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// The shop running: visits one after the other by their start, newcomers among them. Every fact of a visit lies at or
/// after its start, so that whatever is older than the next visit may be told.
/// </summary>
sealed class ShopSimulation
{
    readonly int _seed;
    readonly ShopCatalogue _catalogue;
    readonly PriorityQueue<ShopCustomer, (long Start, int Number)> _visits = new();
    readonly Chance _arrivals;
    readonly double _newcomersPerMillisecond,
        _passersByPerMillisecond;
    int _lastCustomer,
        _lastPasserBy,
        _planned;
    long _nextNewcomer,
        _nextPasserBy;

    /// <param name="founders">Those who are customers by the end of the history; more come after it, as often as before.</param>
    public ShopSimulation(int seed, ShopCatalogue catalogue, IReadOnlyList<ShopCustomer> founders, long start, long end)
    {
        (_seed, _catalogue) = (seed, catalogue);
        _arrivals = Chance.For(seed, "arrivals");
        _lastCustomer = founders.Count;
        _newcomersPerMillisecond = SimulatedShop.Newcomers * founders.Count / (end - start);
        _passersByPerMillisecond = 0.6 * founders.Count / (end - start);
        _nextNewcomer = end + (long)_arrivals.Exponential(1 / _newcomersPerMillisecond);
        _nextPasserBy = start + (long)_arrivals.Exponential(1 / _passersByPerMillisecond);
        foreach (var founder in founders)
            Plan(founder);
    }

    /// <summary>When the next visit begins.</summary>
    public long NextStart
    {
        get
        {
            LetIn();
            return _visits.Peek().NextVisit;
        }
    }

    /// <summary>Runs the next visit: who came, when it began and what happened.</summary>
    public (ShopCustomer Customer, long Start, List<ImportedFact> Facts) Next()
    {
        LetIn();
        var customer = _visits.Dequeue();
        var start = customer.NextVisit;
        var facts = new ShopVisit(_catalogue, customer).Run();
        if (customer.PlanNextVisit(start))
            Plan(customer);
        return (customer, start, facts);
    }

    /// <summary>
    /// Newcomers and passers-by whose time comes before the next visit. Their first visit may be later in the day.
    /// </summary>
    void LetIn()
    {
        while (Math.Min(_nextNewcomer, _nextPasserBy) is var next && (_visits.Count == 0 || next <= _visits.Peek().NextVisit))
        {
            if (next == _nextPasserBy)
            {
                Plan(new ShopCustomer(_seed, ++_lastPasserBy, passerBy: true, known: false, next));
                _nextPasserBy += 1 + (long)_arrivals.Exponential(1 / _passersByPerMillisecond);
            }
            else
            {
                Plan(new ShopCustomer(_seed, ++_lastCustomer, passerBy: false, known: false, next));
                _nextNewcomer += 1 + (long)_arrivals.Exponential(1 / _newcomersPerMillisecond);
            }
        }
    }

    void Plan(ShopCustomer customer) => _visits.Enqueue(customer, (customer.NextVisit, _planned++));
}

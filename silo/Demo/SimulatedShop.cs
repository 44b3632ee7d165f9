using System.Globalization;
using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// A shop that never was: a catalogue, customers with tastes, rhythms and a life as customers, and everything they did.
/// The same seed, times and number of customers make the same shop to the last event.
/// </summary>
public sealed class SimulatedShop
{
    /// <summary>This share of the customers come new within the history; the others were customers when it began.</summary>
    internal const double Newcomers = 0.65;

    readonly int _seed,
        _customers;
    readonly long _start,
        _end;
    readonly ShopCatalogue _catalogue;
    readonly string _name;

    /// <param name="customers">How many have been customers by the end; passers-by who never say who they are come
    /// beside them.</param>
    /// <exception cref="ArgumentOutOfRangeException">No customers, or less than a day.</exception>
    public SimulatedShop(int seed, DateTimeOffset start, DateTimeOffset end, int customers = 2_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(customers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start.AddDays(1));
        (_seed, _customers) = (seed, customers);
        (_start, _end) = (start.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds());
        _catalogue = new ShopCatalogue(seed, start, end);
        _name = string.Create(CultureInfo.InvariantCulture, $"{seed}/{_start}/{_end}/{customers}");
        Truth = [.. Founders().Select(customer => Tell(customer, _end))];
    }

    public IReadOnlyList<ShopProduct> Catalogue => _catalogue.Products;

    /// <summary>What is true of each customer and no event tells. Customers who come after the end are not among them.</summary>
    public IReadOnlyList<CustomerTruth> Truth { get; }

    /// <summary>Everything from start to end, in order of time. Every call tells the same.</summary>
    public IEnumerable<ImportedFact> History()
    {
        var simulation = Simulation();
        var waiting = new PriorityQueue<ImportedFact, (long Time, long Number)>();
        foreach (var fact in History(simulation, waiting))
            yield return fact;
    }

    /// <summary>
    /// The same customers from the end of the history on, so much faster than in truth that about so many events happen in
    /// a second: visits follow each other sooner, and within a visit time passes as it does.
    /// </summary>
    public LiveShop Live(double eventsPerSecond = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(eventsPerSecond);
        var simulation = Simulation();
        var waiting = new PriorityQueue<ImportedFact, (long Time, long Number)>();
        var lately = Math.Max(_start, _end - 30 * ShopCustomer.Day);
        var count = 0;
        foreach (var fact in History(simulation, waiting))
            if (fact.Time >= lately)
                count++;
        var inTruth = Math.Max(count, 1) * 1_000.0 / (_end - lately);
        return new LiveShop(
            simulation,
            _name,
            _end,
            eventsPerSecond / inTruth,
            waiting.UnorderedItems.Select(item => item.Element)
        );
    }

    /// <summary>
    /// Runs the simulation to the end; what happens later of what was begun stays in <paramref name="waiting"/>.
    /// </summary>
    IEnumerable<ImportedFact> History(ShopSimulation simulation, PriorityQueue<ImportedFact, (long Time, long Number)> waiting)
    {
        var keys = FactKey.Of("demo", _name) & ~(UInt128)ulong.MaxValue;
        long number = 0;
        ulong told = 0;
        while (true)
        {
            var next = Math.Min(simulation.NextStart, _end);
            while (waiting.TryPeek(out var fact, out var due) && due.Time < next)
            {
                waiting.Dequeue();
                fact.Key = keys | ++told;
                yield return fact;
            }
            if (next >= _end)
                yield break;
            foreach (var fact in simulation.Next().Facts)
                waiting.Enqueue(fact, (fact.Time, number++));
        }
    }

    ShopSimulation Simulation() => new(_seed, _catalogue, [.. Founders()], _start, _end);

    /// <summary>The customers of the history, with nothing done yet.</summary>
    IEnumerable<ShopCustomer> Founders()
    {
        var chance = Chance.For(_seed, "founders");
        for (var number = 1; number <= _customers; number++)
        {
            var known = !chance.Is(Newcomers);
            // Old customers come by one after the other in the first two weeks; nobody's first hour is after the end.
            var all = _end - _start - ShopCustomer.Day;
            var span = known ? Math.Min(14 * ShopCustomer.Day, all) : all;
            yield return new ShopCustomer(_seed, number, passerBy: false, known, _start + (long)(chance.Unit() * span));
        }
    }

    static CustomerTruth Tell(ShopCustomer customer, long end) =>
        new(
            customer.User,
            customer.Device(1),
            DateTimeOffset.FromUnixTimeMilliseconds(customer.Arrives),
            customer.Departs < end ? DateTimeOffset.FromUnixTimeMilliseconds(customer.Departs) : null,
            customer.DaysBetweenOrders,
            customer.Liked,
            customer.Brands
        );
}

/// <summary>A customer's hidden life.</summary>
/// <param name="User">Its user id, from its registration on: some leave before they register.</param>
/// <param name="Anonymous">The anonymous id of its first device.</param>
/// <param name="Arrives">Its first visit within the history.</param>
/// <param name="Departs">When it left for good; null when it is still a customer at the end.</param>
/// <param name="DaysBetweenOrders">On average, while its interest has not cooled.</param>
/// <param name="Categories">The categories it likes.</param>
/// <param name="Brands">The brands it likes.</param>
public sealed record CustomerTruth(
    string User,
    string Anonymous,
    DateTimeOffset Arrives,
    DateTimeOffset? Departs,
    double DaysBetweenOrders,
    IReadOnlyList<string> Categories,
    IReadOnlyList<string> Brands
);

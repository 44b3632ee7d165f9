using System.Globalization;
using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// A simulated shop going on in real time; whoever asks for the next batch says what time it is. Not for concurrent use.
/// </summary>
public sealed class LiveShop
{
    /// <summary>
    /// What happens later after a visit's start than this is not the visit but what comes of it, and is hastened.
    /// </summary>
    const long MaxVisit = 2 * ShopCustomer.Hour;

    readonly ShopSimulation _simulation;
    readonly string _shop;
    readonly long _end;
    readonly double _haste;
    readonly PriorityQueue<ImportedFact, (long Time, long Number)> _waiting = new();
    readonly Dictionary<ShopCustomer, long> _busyUntil = [];
    IReadOnlyList<ImportedFact> _begun;
    UInt128 _keys;
    ulong _told;
    long _began = long.MinValue,
        _number;

    internal LiveShop(ShopSimulation simulation, string shop, long end, double haste, IEnumerable<ImportedFact> begun)
    {
        (_simulation, _shop, _end, _haste) = (simulation, shop, end, haste);
        _begun = [.. begun.OrderBy(fact => fact.Time)];
    }

    /// <summary>
    /// What happened since the batch before, in order of time. The first call sets the beginning: nothing has happened
    /// yet.
    /// </summary>
    public IReadOnlyList<ImportedFact> NextBatch(DateTimeOffset now)
    {
        var until = now.ToUnixTimeMilliseconds();
        if (_began == long.MinValue)
            Begin(until);
        while (Live(_simulation.NextStart) <= until)
            Visit();
        var batch = new List<ImportedFact>();
        while (_waiting.TryPeek(out var fact, out var due) && due.Time <= until)
        {
            _waiting.Dequeue();
            fact.Key = _keys | ++_told;
            batch.Add(fact);
        }
        return batch;
    }

    /// <summary>A shop that goes on again at another time does other things: its facts get keys of their own.</summary>
    void Begin(long now)
    {
        _began = now;
        _keys = FactKey.Of("demo-live", _shop, now.ToString(CultureInfo.InvariantCulture)) & ~(UInt128)ulong.MaxValue;
        foreach (var fact in _begun)
            Await(fact, Live(fact.Time));
        _begun = [];
    }

    void Visit()
    {
        var (customer, start, facts) = _simulation.Next();
        // Hastened days can bring a customer's next visit into its last one: then it waits.
        var liveStart = Math.Max(Live(start), _busyUntil.GetValueOrDefault(customer));
        foreach (var fact in facts)
        {
            var after = fact.Time - start;
            var within = Math.Min(after, MaxVisit);
            Await(fact, liveStart + within + (long)((after - within) / _haste));
            if (after <= MaxVisit)
                _busyUntil[customer] = Math.Max(_busyUntil.GetValueOrDefault(customer), fact.Time + 1_000);
        }
        if (_busyUntil.Count > 10_000)
            Forget(liveStart);
    }

    void Await(ImportedFact fact, long time)
    {
        fact.Time = time;
        _waiting.Enqueue(fact, (time, _number++));
    }

    void Forget(long time)
    {
        foreach (var customer in _busyUntil.Where(busy => busy.Value < time).Select(busy => busy.Key).ToList())
            _busyUntil.Remove(customer);
    }

    /// <summary>The moment at which a time of the simulation comes.</summary>
    long Live(long time) => _began + (long)((time - _end) / _haste);
}

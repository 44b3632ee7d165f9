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

    readonly ShopSimulation simulation;
    readonly string shop;
    readonly long end;
    readonly double haste;
    readonly PriorityQueue<ImportedFact, (long Time, long Number)> waiting = new();
    readonly Dictionary<ShopCustomer, long> busyUntil = [];
    IReadOnlyList<ImportedFact> begun;
    UInt128 keys;
    ulong told;
    long began = long.MinValue,
        number;

    internal LiveShop(ShopSimulation simulation, string shop, long end, double haste, IEnumerable<ImportedFact> begun)
    {
        (this.simulation, this.shop, this.end, this.haste) = (simulation, shop, end, haste);
        this.begun = [.. begun.OrderBy(fact => fact.Time)];
    }

    /// <summary>
    /// What happened since the batch before, in order of time. The first call sets the beginning: nothing has happened
    /// yet.
    /// </summary>
    public IReadOnlyList<ImportedFact> NextBatch(DateTimeOffset now)
    {
        var until = now.ToUnixTimeMilliseconds();
        if (began == long.MinValue)
            Begin(until);
        while (Live(simulation.NextStart) <= until)
            Visit();
        var batch = new List<ImportedFact>();
        while (waiting.TryPeek(out var fact, out var due) && due.Time <= until)
        {
            waiting.Dequeue();
            fact.Key = keys | ++told;
            batch.Add(fact);
        }
        return batch;
    }

    /// <summary>A shop that goes on again at another time does other things: its facts get keys of their own.</summary>
    void Begin(long now)
    {
        began = now;
        keys = FactKey.Of("demo-live", shop, now.ToString(CultureInfo.InvariantCulture)) & ~(UInt128)ulong.MaxValue;
        foreach (var fact in begun)
            Await(fact, Live(fact.Time));
        begun = [];
    }

    void Visit()
    {
        var (customer, start, facts) = simulation.Next();
        // Hastened days can bring a customer's next visit into its last one: then it waits.
        var liveStart = Math.Max(Live(start), busyUntil.GetValueOrDefault(customer));
        foreach (var fact in facts)
        {
            var after = fact.Time - start;
            var within = Math.Min(after, MaxVisit);
            Await(fact, liveStart + within + (long)((after - within) / haste));
            if (after <= MaxVisit)
                busyUntil[customer] = Math.Max(busyUntil.GetValueOrDefault(customer), fact.Time + 1_000);
        }
        if (busyUntil.Count > 10_000)
            Forget(liveStart);
    }

    void Await(ImportedFact fact, long time)
    {
        fact.Time = time;
        waiting.Enqueue(fact, (time, number++));
    }

    void Forget(long time)
    {
        foreach (var customer in busyUntil.Where(busy => busy.Value < time).Select(busy => busy.Key).ToList())
            busyUntil.Remove(customer);
    }

    /// <summary>The moment at which a time of the simulation comes.</summary>
    long Live(long time) => began + (long)((time - end) / haste);
}

using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// A shop that never was: a catalogue, customers with tastes, rhythms and a life as customers, and everything they did.
/// The same seed and times make the same shop to the last event.
/// </summary>
public sealed class SimulatedShop
{
    public SimulatedShop(int seed, DateTimeOffset start, DateTimeOffset end, int customers = 2_000) => throw new NotImplementedException();

    public IReadOnlyList<ShopProduct> Catalogue => throw new NotImplementedException();

    /// <summary>What is true of each customer and no event tells.</summary>
    public IReadOnlyList<CustomerTruth> Truth => throw new NotImplementedException();

    /// <summary>Everything between start and end, in order of time. Every call tells the same.</summary>
    public IEnumerable<ImportedFact> History() => throw new NotImplementedException();

    /// <summary>The same customers from the end of the history on.</summary>
    public LiveShop Live(double eventsPerSecond = 3) => throw new NotImplementedException();
}

/// <summary>Goes on in real time, whoever asks for the next batch says what time it is. Not for concurrent use.</summary>
public sealed class LiveShop
{
    /// <summary>What happened since the batch before (the first batch begins at its own time: nothing), in order of time.</summary>
    public IReadOnlyList<ImportedFact> NextBatch(DateTimeOffset now) => throw new NotImplementedException();
}

/// <summary>
/// A customer's hidden life: <paramref name="User"/> is its user id; it leaves for good at <paramref name="Departs"/>
/// (null: stays beyond the end), and buys every <paramref name="DaysBetweenOrders"/> days on average while it stays.
/// </summary>
public sealed record CustomerTruth(string User, DateTimeOffset Arrives, DateTimeOffset? Departs, double DaysBetweenOrders, IReadOnlyList<string> Tastes);

namespace Personalization.OneProcess;

/// <summary>How the one-process host uses memory.</summary>
public sealed record ResidencyOptions
{
    /// <summary>Megabytes of customers to keep in memory; beyond it those unused longest are let go. The default is 1024.</summary>
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>A customer that has gained this many journal entries since its last snapshot gets a new one when it is let go. The default is 25.</summary>
    public int SnapshotEvery { get; init; } = 25;

    public ResidencyOptions Validated()
    {
        if (MemoryMegabytes is < 16 or > 1_000_000)
            throw new ArgumentException($"Customers:MemoryMegabytes is {MemoryMegabytes}; it must lie between 16 and 1000000.");
        if (SnapshotEvery < 1)
            throw new ArgumentException($"Customers:SnapshotEvery is {SnapshotEvery}; it must be at least 1.");
        return this;
    }
}

namespace Personalization.Recommendations;

/// <summary>Bounds and time scales of an <see cref="ItemIndex"/>. Memory never exceeds what these allow, per product.</summary>
public sealed record ItemIndexOptions
{
    /// <summary>Sessions kept; the oldest go first. The default is 1,048,576.</summary>
    public int MaxSessions { get; init; } = 1 << 20;

    /// <summary>Room for their clicks, in numbers of 4 bytes; a click takes one to two. The default is 8,388,608.</summary>
    public int MaxClicks { get; init; } = 1 << 23;

    /// <summary>Clicks kept of one session; beyond it the older half goes. At most 1,024. The default is 128.</summary>
    public int MaxSessionLength { get; init; } = 128;

    /// <summary>Most recent sessions remembered per product. The default is 250.</summary>
    public int SessionsPerItem { get; init; } = 250;

    /// <summary>Neighbours kept per product and relation; the weakest gives way. The default is 150.</summary>
    public int NeighboursPerItem { get; init; } = 150;

    /// <summary>Days after which a neighbour counts half. The default is 45.</summary>
    public float NeighbourHalfLifeDays { get; init; } = 45;

    /// <summary>How many clicks back a transition is counted, with weight 1/distance. The default is 5.</summary>
    public int TransitionReach { get; init; } = 5;

    /// <summary>Length of the lists of best sellers and trending products. The default is 100.</summary>
    public int TopLength { get; init; } = 100;

    /// <summary>Products of one order beyond this are not paired: such orders are wholesale. The default is 40.</summary>
    public int MaxOrderLength { get; init; } = 40;

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range; the message names it.</exception>
    public void Validate()
    {
        Check(MaxSessions, 1, 1 << 28, nameof(MaxSessions));
        Check(MaxSessionLength, 2, 1024, nameof(MaxSessionLength));
        Check(MaxClicks, 4 * (MaxSessionLength + 2), 1 << 29, nameof(MaxClicks));
        Check(SessionsPerItem, 1, 10_000, nameof(SessionsPerItem));
        Check(NeighboursPerItem, 1, 10_000, nameof(NeighboursPerItem));
        Check(TransitionReach, 1, 100, nameof(TransitionReach));
        Check(TopLength, 1, 10_000, nameof(TopLength));
        Check(MaxOrderLength, 2, 1000, nameof(MaxOrderLength));
        if (!(NeighbourHalfLifeDays > 0))
            throw new ArgumentOutOfRangeException(nameof(NeighbourHalfLifeDays), "must be above 0 days");
    }

    static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, $"is {value}; it must be between {least} and {most}");
    }
}

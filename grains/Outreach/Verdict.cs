using Personalization.Events;

namespace Personalization.Outreach;

/// <summary>What is to be done about an intent: send it, not before a time, or withhold it, for reasons.</summary>
public sealed record Verdict
{
    Verdict() { }

    /// <summary>
    /// When it may leave (Unix milliseconds); later than now when it has to wait for its time or for the end of quiet hours. 0
    /// where it is withheld.
    /// </summary>
    public long NotBefore { get; private init; }

    /// <summary>
    /// Everything that speaks against it, the weightiest first: what a dry run shows. Empty where it is to be sent.
    /// </summary>
    public IReadOnlyList<Withheld> Reasons { get; private init; } = [];

    /// <summary>When it is worth deciding again (Unix milliseconds), or null where time changes nothing.</summary>
    public long? RetryAt { get; private init; }

    public bool Sends => Reasons.Count == 0;

    /// <summary>The weightiest reason, as the journal keeps it.</summary>
    public Withheld Reason => Sends ? Withheld.None : Reasons[0];

    public static Verdict Send(long notBefore) => new() { NotBefore = notBefore };

    public static Verdict Withhold(IReadOnlyList<Withheld> reasons, long? retryAt) =>
        new() { Reasons = reasons, RetryAt = retryAt };
}

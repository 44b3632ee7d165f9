namespace Personalization.Quarantine;

/// <summary>What was set aside, in the store.</summary>
public interface IQuarantine
{
    /// <summary>Keeps it, or counts its tries where it is kept already. Returns whether it is new.</summary>
    ValueTask<bool> SetAsideAsync(QuarantinedItem item, CancellationToken cancel = default);

    /// <summary>Items by number greater than <paramref name="after"/>, of one kind or of all.</summary>
    ValueTask<IReadOnlyList<QuarantinedItem>> ReadQuarantineAsync(
        QuarantineKind? kind,
        long after,
        int limit,
        CancellationToken cancel = default
    );

    /// <summary>How many there are; none of a kind that is missing.</summary>
    ValueTask<IReadOnlyDictionary<QuarantineKind, long>> CountQuarantineAsync(CancellationToken cancel = default);

    /// <summary>
    /// Marks items to be tried again: the one of a number, those that another version of the program set aside, or, without
    /// either, all. Returns how many.
    /// </summary>
    ValueTask<int> RetryQuarantineAsync(long? number, string? otherThanProgram, CancellationToken cancel = default);

    /// <summary>Forgets what is no longer to be set aside.</summary>
    ValueTask ReleaseAsync(QuarantineKind kind, string subject, CancellationToken cancel = default);
}

using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// A single call, or what is wrong with it: exactly one of <paramref name="Call"/> and <paramref name="Problem"/> is there.
/// </summary>
/// <param name="WriteKey">The write key in the body, if any and as far as the body could be read.</param>
public readonly record struct ParsedCall(IncomingCall? Call, Problem? Problem, string? WriteKey);

/// <summary>
/// A batch: either the <paramref name="Problem"/> of the whole (not JSON, no <c>batch</c>, too many, too large), or the good
/// items in <paramref name="Calls"/> and the bad ones in <paramref name="Errors"/>, both in the order they were sent.
/// </summary>
/// <param name="Warnings">What the items share and could not be used.</param>
/// <param name="WriteKey">The write key of the envelope, else of the first item that has one.</param>
public readonly record struct ParsedBatch(
    IReadOnlyList<IncomingCall> Calls,
    IReadOnlyList<ItemProblem> Errors,
    IReadOnlyList<FieldWarning> Warnings,
    Problem? Problem,
    string? WriteKey
);

namespace Personalization.Tracking;

/// <summary>
/// From the UTF-8 body of a Segment tracking request to <see cref="IncomingCall"/>s. Never throws: whatever the bytes, the
/// answer is a value. Liberal with values (numbers as text, unknown fields and events), strict with identity, size and time.
/// </summary>
public static class TrackingParser
{
    /// <summary>Bytes of one event.</summary>
    public const int MaxEventBytes = 32 * 1024;
    /// <summary>Bytes of a batch.</summary>
    public const int MaxBatchBytes = 500 * 1024;
    /// <summary>Events of a batch.</summary>
    public const int MaxBatchEvents = 2500;

    /// <summary>Reads a single call; <paramref name="type"/> is the endpoint's. <paramref name="receivedAt"/> in Unix milliseconds.</summary>
    public static ParsedCall Call(CallType type, ReadOnlySpan<byte> body, long receivedAt) => throw new NotImplementedException();

    /// <summary>Reads a batch: bad items are named, the good ones kept.</summary>
    public static ParsedBatch Batch(ReadOnlySpan<byte> body, long receivedAt) => throw new NotImplementedException();
}

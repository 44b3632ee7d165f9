using Personalization.Problems;

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

    static readonly Problem EventTooLarge = Problem.TooLarge(
        "The event is larger than 32 KB.",
        "Send less with one event, or several events."
    );

    static readonly Problem BatchTooLarge = Problem.TooLarge("The batch is larger than 500 KB.", "Send several smaller batches.");

    /// <summary>
    /// Reads a single call; <paramref name="type"/> is the endpoint's. <paramref name="receivedAt"/> in Unix milliseconds.
    /// </summary>
    public static ParsedCall Call(CallType type, ReadOnlySpan<byte> body, long receivedAt)
    {
        body = WithoutMark(body);
        if (body.Length > MaxEventBytes)
            return new(null, EventTooLarge, null);
        if (body.IsEmpty)
            return new(null, BodyProblem.Empty, null);
        if (BodyProblem.NotUtf8(body) is { } notText)
            return new(null, notText, null);
        var reader = new CallReader(LoneSurrogates.Mend(body));
        var problem = reader.Read(type, default, null, receivedAt, out var call);
        return new(call, problem, reader.WriteKey);
    }

    /// <summary>Reads a batch: bad items are named, the good ones kept.</summary>
    public static ParsedBatch Batch(ReadOnlySpan<byte> body, long receivedAt)
    {
        body = WithoutMark(body);
        return body.Length > MaxBatchBytes ? Refused(BatchTooLarge, null) : Translated(body, receivedAt, MaxEventBytes);
    }

    /// <summary>Reads a batch that was made here of another system's words, whose bounds are its own.</summary>
    internal static ParsedBatch Translated(ReadOnlySpan<byte> body, long receivedAt, int maxEventBytes)
    {
        if (body.IsEmpty)
            return Refused(BodyProblem.Empty, null);
        body = LoneSurrogates.Mend(body);
        var envelope = new BatchReader(body);
        if (envelope.Read() is { } problem)
            return Refused(problem, envelope.WriteKey);

        var calls = new List<IncomingCall>(envelope.Items.Count);
        var errors = new List<ItemProblem>();
        var writeKey = envelope.WriteKey;
        for (var i = 0; i < envelope.Items.Count; i++)
        {
            var item = body[envelope.Items[i]];
            var (call, wrong, itemKey) = Item(item, envelope, receivedAt, maxEventBytes);
            writeKey ??= itemKey;
            if (wrong is not null)
            {
                errors.Add(new ItemProblem(i, wrong.Field, wrong.Detail, wrong.Remedy));
                continue;
            }
            call!.Index = i;
            calls.Add(call);
        }
        return new ParsedBatch(calls, errors, envelope.Warnings, null, writeKey);
    }

    static ParsedCall Item(ReadOnlySpan<byte> item, in BatchReader envelope, long receivedAt, int maxEventBytes)
    {
        if (item.Length > maxEventBytes)
            return new(null, EventTooLarge, null);
        if (!envelope.IsUtf8 && BodyProblem.NotUtf8(item) is { } notText)
            return new(null, notText, null);
        var reader = new CallReader(item);
        var problem = reader.Read(null, envelope.Context, envelope.SentAt, receivedAt, out var call);
        return new(call, problem, reader.WriteKey);
    }

    static ParsedBatch Refused(Problem problem, string? writeKey) => new([], [], [], problem, writeKey);

    /// <summary>Some editors and clients put a byte order mark in front.</summary>
    static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> body) => body.StartsWith("\uFEFF"u8) ? body[3..] : body;
}

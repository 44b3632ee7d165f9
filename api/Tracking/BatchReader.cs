using System.Text.Json;
using System.Text.Unicode;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// Reads the envelope of a batch: where its items lie, and what they share. The items themselves are read one by one
/// afterwards, so that a bad one harms no other and what they share may stand behind them.
/// </summary>
ref struct BatchReader(ReadOnlySpan<byte> body)
{
    /// <summary>Deeper than an event may be, so that one event that is too deep is not the whole batch's fault.</summary>
    const int MaxDepth = 1000;
    const int MaxWriteKey = 255;

    readonly ReadOnlySpan<byte> _body = body;
    Utf8JsonReader _reader = new(body, new JsonReaderOptions { MaxDepth = MaxDepth });
    ContextFields _context;
    LeftOut _leftOut;

    /// <summary>Where each item lies in the body.</summary>
    public List<Range> Items { get; private set; } = [];

    /// <summary>False where some bytes inside the items are no UTF-8, so that each item is to be looked at.</summary>
    public bool IsUtf8 { get; private set; }

    public readonly ContextFields Context => _context;
    public long? SentAt { get; private set; }
    public string? WriteKey { get; private set; }

    /// <summary>What the items share and could not be used.</summary>
    public readonly IReadOnlyList<FieldWarning> Warnings => _leftOut.Warnings ?? [];

    /// <summary>Reads the envelope; what is wrong with the whole, or null.</summary>
    public Problem? Read()
    {
        try
        {
            return ReadEnvelope();
        }
        catch (JsonException broken)
        {
            return BodyProblem.NotJson(broken);
        }
    }

    Problem? ReadEnvelope()
    {
        Range batch = default,
            about = default,
            key = default,
            sent = default;
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return BodyProblem.NotAnObject;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("batch"u8))
            {
                if (ReadItems(out batch) is { } problem)
                    return problem;
            }
            else if (_reader.ValueTextEquals("context"u8))
                about = Next();
            else if (_reader.ValueTextEquals("writeKey"u8))
                key = Next();
            else if (_reader.ValueTextEquals("sentAt"u8))
                sent = Next();
            else
                _reader.Skip();
        }
        _reader.Read(); // Throws where anything follows the object.
        if (batch.Equals(default))
            return Fault.Missing("Send the events as an array.").In("batch");

        IsUtf8 = Utf8.IsValid(_body);
        if (!IsUtf8 && (!Utf8.IsValid(_body[..batch.Start]) || !Utf8.IsValid(_body[batch.End..])))
            return BodyProblem.NotUtf8(_body);
        return ReadShared(about, key, sent);
    }

    Problem? ReadItems(out Range batch)
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        batch = start..(start + 1);
        if (_reader.TokenType != JsonTokenType.StartArray)
            return Problem.BadField("batch", "batch is not an array.", "Send the events as an array.");
        Items.Clear();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (Items.Count == TrackingParser.MaxBatchEvents)
                return Problem.TooLarge("The batch has more than 2,500 events.", "Send several smaller batches.");
            Items.Add(This());
        }
        batch = start..(int)_reader.BytesConsumed;
        return null;
    }

    Problem? ReadShared(Range about, Range key, Range sent)
    {
        if (!about.Equals(default))
        {
            if (_body[about].Length > TrackingParser.MaxEventBytes)
                return Problem.TooLarge("The batch's context is larger than 32 KB.", "Send less in context.");
            var value = Value(about);
            if (value.TokenType == JsonTokenType.StartObject)
                _context.Read(_body[about]);
            else if (!JsonValue.IsNothing(ref value))
                _leftOut.Takes(Fault.NotObject, "context", _body[about]);
        }
        if (!key.Equals(default))
        {
            var ofKey = Value(key);
            if (JsonValue.Id(ref ofKey, MaxWriteKey, out var text) is { } fault)
                return fault.In("writeKey");
            WriteKey = text;
        }
        if (sent.Equals(default))
            return null;
        var time = Value(sent);
        if (JsonValue.Instant(ref time, out var sentAt) is { } unreadable)
            _leftOut.Takes(unreadable, "sentAt", _body[sent]);
        SentAt = sentAt;
        return null;
    }

    readonly Utf8JsonReader Value(Range range)
    {
        var value = new Utf8JsonReader(_body[range]);
        value.Read();
        return value;
    }

    /// <summary>Moves to the next value and past it.</summary>
    Range Next()
    {
        _reader.Read();
        return This();
    }

    /// <summary>Moves past the value the reader stands on; where it lies.</summary>
    Range This()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return start..(int)_reader.BytesConsumed;
    }
}

using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Tests.Codec;

/// <summary>One field of a message as it stands in the bytes: number, wire kind, and the bytes of its value (for bytes, their content).</summary>
sealed record WireField(int Number, int Kind, byte[] Value);

/// <summary>Takes a call's bytes apart into fields and puts them together again, knowing only the rule and which fields hold messages.</summary>
static class WireFields
{
    /// <summary>Which fields hold a message (or a list of messages) of which type.</summary>
    static readonly Dictionary<(Type Message, int Field), (Type Inner, bool List)> Inner = new()
    {
        [(typeof(RecordRequest), 6)] = (typeof(RecommendationQuery), false),
        [(typeof(Recorded), 4)] = (typeof(Recommended), false),
        [(typeof(Recorded), 7)] = (typeof(ChurnView), false),
        [(typeof(Recorded), 9)] = (typeof(OutreachChange), false),
        [(typeof(OutreachChange), 1)] = (typeof(MessageQueued), true),
        [(typeof(OutreachChange), 2)] = (typeof(MessageWithheld), true),
        [(typeof(Recommended), 2)] = (typeof(Recommendation), true),
        [(typeof(Bundle), 1)] = (typeof(Recommendation), true),
        [(typeof(CustomerView), 15)] = (typeof(CartLine), true),
        [(typeof(CustomerView), 18)] = (typeof(DraftOrder), false),
        [(typeof(CustomerView), 19)] = (typeof(Profile), false),
        [(typeof(CustomerView), 20)] = (typeof(VisitSource), false),
        [(typeof(CustomerView), 21)] = (typeof(VisitSource), false),
        [(typeof(CustomerView), 22)] = (typeof(OpenWarning), true),
        [(typeof(CustomerView), 23)] = (typeof(ConsentView), true),
        [(typeof(CustomerView), 24)] = (typeof(ChurnView), false),
        [(typeof(DraftOrder), 2)] = (typeof(OrderLine), true),
        [(typeof(LetterDraft), 7)] = (typeof(CartLine), true),
        [(typeof(LetterDraft), 8)] = (typeof(Recommendation), true),
        [(typeof(DryRun), 5)] = (typeof(LetterDraft), false),
        [(typeof(ErasureReceipt), 3)] = (typeof(KeyValuePair<string, long>), true),
    };

    /// <summary>A call's bytes with the fields of every message in it changed, innermost first.</summary>
    public static byte[] Rewrite(Type type, byte[] call, Func<List<WireField>, IEnumerable<WireField>> change) =>
        [call[0], .. Message(type, call.AsSpan(1), change)];

    /// <summary>The fields of a call's own message.</summary>
    public static List<WireField> Of(byte[] call) => Split(call.AsSpan(1));

    /// <summary>A call made of these fields.</summary>
    public static byte[] Call(IEnumerable<WireField> fields) => [CallCodec.Format, .. Joined(fields)];

    static byte[] Message(Type type, ReadOnlySpan<byte> bytes, Func<List<WireField>, IEnumerable<WireField>> change)
    {
        var fields = Split(bytes);
        for (var i = 0; i < fields.Count; i++)
            if (Inner.TryGetValue((type, fields[i].Number), out var inner))
                fields[i] = fields[i] with
                {
                    Value = inner.List
                        ? List(inner.Inner, fields[i].Value, change)
                        : Message(inner.Inner, fields[i].Value, change),
                };
        return Joined(change(fields));
    }

    static byte[] List(Type type, byte[] list, Func<List<WireField>, IEnumerable<WireField>> change)
    {
        using var writer = new ByteWriter();
        var reader = new ByteReader(list);
        var count = reader.Count();
        writer.Unsigned((ulong)count);
        for (; count > 0; count--)
            writer.Bytes(Message(type, reader.Bytes(), change));
        return writer.ToArray();
    }

    static List<WireField> Split(ReadOnlySpan<byte> bytes)
    {
        var fields = new List<WireField>();
        var reader = new ByteReader(bytes);
        while (!reader.AtEnd)
        {
            var tag = (int)reader.Unsigned();
            fields.Add(
                new WireField(
                    tag >> 3,
                    tag & 7,
                    (tag & 7) switch
                    {
                        0 => Number(reader.Signed()),
                        1 => reader.Fixed(4).ToArray(),
                        2 => reader.Fixed(8).ToArray(),
                        3 => reader.Fixed(16).ToArray(),
                        4 => reader.Bytes().ToArray(),
                        _ => throw new InvalidDataException(),
                    }
                )
            );
        }
        return fields;
    }

    static byte[] Joined(IEnumerable<WireField> fields)
    {
        using var writer = new ByteWriter();
        foreach (var field in fields)
        {
            writer.Unsigned((ulong)(field.Number * 8 + field.Kind));
            if (field.Kind == 4)
                writer.Unsigned((ulong)field.Value.Length);
            foreach (var value in field.Value)
                writer.Byte(value);
        }
        return writer.ToArray();
    }

    static byte[] Number(long value)
    {
        using var writer = new ByteWriter();
        writer.Signed(value);
        return writer.ToArray();
    }
}

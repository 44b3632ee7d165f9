using System.Collections.Frozen;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Codec;

/// <summary>
/// The bytes of calls between the silos of a cluster: the requests and answers of <see cref="ICustomers"/>. While a cluster is
/// upgraded, old and new builds talk to each other, so both must read what the other writes.
/// <para>
/// The rule. A call is <see cref="Format"/> and a message. A message is its fields, in any order: a tag (the field's number
/// times eight plus its <see cref="WireKind"/>, seven bits a byte), then the value. A field whose number is not known is
/// stepped over; one that is not there has its default, and so a default is not written. Hence:
/// </para>
/// <list type="bullet">
/// <item>A new field gets the next number of its message. Its default must mean what the builds without it did.</item>
/// <item>A number is never used again, not even after its field is gone, and keeps its kind and its default for ever.</item>
/// <item>A member of an enumeration that only a newer build knows is read as the one named where the field is read, or keeps its
/// number where everybody who says it has a word for the unknown.</item>
/// <item>Elements of lists of messages can gain fields like any message; those of other lists cannot.</item>
/// <item>Events that were tracked are written as <see cref="EventCodec"/> writes them for the journal, by its own rule.</item>
/// </list>
/// </summary>
public static class CallCodec
{
    /// <summary>Of the rule itself. Another rule needs another number, and a cluster that is stopped for the upgrade.</summary>
    public const byte Format = 1;

    static readonly FrozenDictionary<Type, MessageReader<object>> Readers = new Dictionary<Type, MessageReader<object>>
    {
        [typeof(RecordRequest)] = RecordCodec.ReadRequest,
        [typeof(Recorded)] = RecordCodec.ReadAnswer,
        [typeof(RecommendationQuery)] = RecommendationCodec.ReadQuery,
        [typeof(Recommended)] = RecommendationCodec.ReadAnswer,
        [typeof(Bundle)] = RecommendationCodec.ReadBundle,
        [typeof(CustomerView)] = ViewCodec.Read,
        [typeof(ConsentChanged)] = OutreachCodec.ReadConsent,
        [typeof(NeverShow)] = OutreachCodec.ReadNeverShow,
        [typeof(LetterDraft)] = OutreachCodec.ReadLetter,
        [typeof(DryRun)] = OutreachCodec.ReadDryRun,
        [typeof(ErasureReceipt)] = ErasureCodec.Read,
    }.ToFrozenDictionary();

    /// <summary>Whether values of exactly this type can be written and read here.</summary>
    public static bool Handles(Type type) => Readers.ContainsKey(type);

    /// <summary>Appends a value's bytes. They do not tell their type or where they end: both are the caller's to keep.</summary>
    /// <exception cref="NotSupportedException">The value is of a type that is not <see cref="Handles">handled</see>.</exception>
    public static void Write(object value, ByteWriter writer)
    {
        writer.Byte(Format);
        var fields = new FieldWriter(writer);
        switch (value)
        {
            case RecordRequest x:
                RecordCodec.Write(x, fields);
                break;
            case Recorded x:
                RecordCodec.Write(x, fields);
                break;
            case RecommendationQuery x:
                RecommendationCodec.Write(x, fields);
                break;
            case Recommended x:
                RecommendationCodec.Write(x, fields);
                break;
            case Bundle x:
                RecommendationCodec.Write(x, fields);
                break;
            case CustomerView x:
                ViewCodec.Write(x, fields);
                break;
            case ConsentChanged x:
                OutreachCodec.Write(x, fields);
                break;
            case NeverShow x:
                OutreachCodec.Write(x, fields);
                break;
            case LetterDraft x:
                OutreachCodec.Write(x, fields);
                break;
            case DryRun x:
                OutreachCodec.Write(x, fields);
                break;
            case ErasureReceipt x:
                ErasureCodec.Write(x, fields);
                break;
            default:
                throw new NotSupportedException($"{value.GetType().Name} is not part of any call.");
        }
    }

    /// <summary>Reads a value of the type, which must be the one that was written.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged or of another <see cref="Format"/>, or hold a filter that
    /// this build cannot compile: an answer without it would show what was to be left out.</exception>
    /// <exception cref="NotSupportedException">The type is not <see cref="Handles">handled</see>.</exception>
    public static object Read(Type type, ReadOnlySpan<byte> bytes)
    {
        if (!Readers.TryGetValue(type, out var read))
            throw new NotSupportedException($"{type.Name} is not part of any call.");
        if (bytes.IsEmpty || bytes[0] != Format)
            throw new InvalidDataException("The call is not of a format known to this build.");
        return read(bytes[1..]);
    }

    /// <summary>As <see cref="Read(Type, ReadOnlySpan{byte})"/>.</summary>
    public static T Read<T>(ReadOnlySpan<byte> bytes)
        where T : class => (T)Read(typeof(T), bytes);
}

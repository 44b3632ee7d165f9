using System.Buffers.Binary;
using System.Text;

namespace Personalization.Codec;

/// <summary>Makes a message of the bytes of its fields.</summary>
delegate T MessageReader<out T>(ReadOnlySpan<byte> bytes);

/// <summary>
/// Goes over a message's fields. <see cref="Next"/> takes a field whole, so that one nobody asks for has been stepped over.
/// Everything throws <see cref="InvalidDataException"/> where the bytes end early or are of another kind than asked for.
/// </summary>
ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    ByteReader rest = new(bytes);
    WireKind kind;
    long number;
    ReadOnlySpan<byte> content;

    /// <summary>The number of the field that stands here.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field. False at the end.</summary>
    public bool Next()
    {
        if (rest.AtEnd)
            return false;
        var tag = rest.Unsigned();
        if (tag is < 8 or > int.MaxValue)
            throw new InvalidDataException("A field has a number that no field can have.");
        Field = (int)(tag >> 3);
        kind = (WireKind)(tag & 7);
        switch (kind)
        {
            case WireKind.Number:
                number = rest.Signed();
                break;
            case WireKind.Bits32:
                content = rest.Fixed(4);
                break;
            case WireKind.Bits64:
                content = rest.Fixed(8);
                break;
            case WireKind.Bits128:
                content = rest.Fixed(16);
                break;
            case WireKind.Bytes:
                content = rest.Bytes();
                break;
            default:
                throw new InvalidDataException("A field is of a kind that there is not.");
        }
        return true;
    }

    public readonly long Long() => kind == WireKind.Number ? number : throw Mismatch();

    public readonly int Int() =>
        Long() is var value && value == (int)value
            ? (int)value
            : throw new InvalidDataException("A number is larger than 32 bits.");

    public readonly bool Flag() => Long() != 0;

    /// <summary>
    /// The number of an enumeration's member, 0 to <paramref name="last"/>. A newer build may know more of them:
    /// <paramref name="other"/> stands for those.
    /// </summary>
    public readonly byte Member(byte last, byte other = 0) =>
        Long() is var value && value >= 0 && value <= last ? (byte)value : other;

    public readonly float Single() => BinaryPrimitives.ReadSingleLittleEndian(Of(WireKind.Bits32));

    public readonly double Double() => BitConverter.Int64BitsToDouble(Long());

    public readonly Guid Guid() => new(Of(WireKind.Bits128));

    public readonly decimal Decimal()
    {
        var value = Of(WireKind.Bits128);
        Span<int> words = stackalloc int[4];
        for (var i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(value[(4 * i)..]);
        // Sign and decimal places, at most 28 of them, are all that the last word may hold.
        if ((words[3] & 0x7f00ffff) != 0 || (words[3] >> 16 & 0xff) > 28)
            throw new InvalidDataException("A decimal makes no sense.");
        return new decimal(words);
    }

    public readonly string Text() => Encoding.UTF8.GetString(Of(WireKind.Bytes));

    public readonly ReadOnlySpan<byte> Bytes() => Of(WireKind.Bytes);

    public readonly T Message<T>(MessageReader<T> read) => read(Of(WireKind.Bytes));

    public readonly T[] Messages<T>(MessageReader<T> read)
    {
        var list = new ByteReader(Of(WireKind.Bytes));
        var items = new T[list.Count()];
        for (var i = 0; i < items.Length; i++)
            items[i] = read(list.Bytes());
        return items;
    }

    public readonly int[] Ints()
    {
        var list = new ByteReader(Of(WireKind.Bytes));
        var values = new int[list.Count()];
        for (var i = 0; i < values.Length; i++)
            values[i] = list.Int();
        return values;
    }

    public readonly long[] Longs()
    {
        var list = new ByteReader(Of(WireKind.Bytes));
        var values = new long[list.Count()];
        for (var i = 0; i < values.Length; i++)
            values[i] = list.Signed();
        return values;
    }

    public readonly string[] Texts()
    {
        var list = new ByteReader(Of(WireKind.Bytes));
        var values = new string[list.Count()];
        for (var i = 0; i < values.Length; i++)
            values[i] = Encoding.UTF8.GetString(list.Bytes());
        return values;
    }

    public readonly UInt128[] Keys()
    {
        var list = Of(WireKind.Bytes);
        if (list.Length % 16 != 0)
            throw new InvalidDataException("A list of keys ends early.");
        var keys = new UInt128[list.Length / 16];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = BinaryPrimitives.ReadUInt128LittleEndian(list[(16 * i)..]);
        return keys;
    }

    public readonly bool[] Flags()
    {
        var list = Of(WireKind.Bytes);
        var flags = new bool[list.Length];
        for (var i = 0; i < flags.Length; i++)
            flags[i] = list[i] != 0;
        return flags;
    }

    readonly ReadOnlySpan<byte> Of(WireKind expected) => kind == expected ? content : throw Mismatch();

    static InvalidDataException Mismatch() => new("A field is of another kind than its number says.");
}

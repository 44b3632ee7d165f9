using System.Buffers.Binary;
using System.Text;

namespace Personalization.Codec;

/// <summary>Reads what <see cref="ByteWriter"/> wrote. Throws <see cref="InvalidDataException"/> where the bytes end early or make no sense.</summary>
public ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public ulong Unsigned()
    {
        // Most numbers are small.
        if (!_rest.IsEmpty && _rest[0] < 0x80)
            return Byte();
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var b = Byte();
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }
        throw new InvalidDataException("A number is longer than ten bytes.");
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Int() =>
        Signed() is var value && value == (int)value
            ? (int)value
            : throw new InvalidDataException("A number is larger than 32 bits.");

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public Guid Guid() => new(Take(16));

    /// <summary>The number of elements that follow; each takes at least one byte, so more than are left is corruption.</summary>
    public int Count()
    {
        var count = Unsigned();
        return count <= (ulong)_rest.Length ? (int)count : throw new InvalidDataException("A count is larger than the data.");
    }

    public string? Text()
    {
        var length = Unsigned();
        return length == 0 ? null : Encoding.UTF8.GetString(Take(length - 1));
    }

    public ReadOnlySpan<byte> Bytes() => Take(Unsigned());

    public delegate T Read<T>(ref ByteReader reader);

    /// <summary>How many elements, and those.</summary>
    public T[] Array<T>(Read<T> read)
    {
        var values = new T[Count()];
        foreach (ref var value in values.AsSpan())
            value = read(ref this);
        return values;
    }

    public int[] Ints() => Array(static (ref ByteReader r) => r.Int());

    public long[] Longs() => Array(static (ref ByteReader r) => r.Signed());

    public string[] Texts() => Array(static (ref ByteReader r) => r.Text() ?? "");

    ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw new InvalidDataException("The data ends early.");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}

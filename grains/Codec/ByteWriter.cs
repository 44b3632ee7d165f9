using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Personalization.Codec;

/// <summary>
/// Appends values to a pooled buffer: variable-length integers (LEB128, signed ones zigzagged), little-endian floats,
/// length-prefixed UTF-8. Dispose gives the buffer back.
/// </summary>
public sealed class ByteWriter : IDisposable
{
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(1024);

    public int Length { get; private set; }
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public byte[] ToArray() => Written.ToArray();

    public void Clear() => Length = 0;

    public void Dispose()
    {
        if (_buffer.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    public void Byte(byte value)
    {
        if (Length == _buffer.Length)
            Grow(1);
        _buffer[Length++] = value;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Unsigned(ulong value)
    {
        if (Length + 10 > _buffer.Length)
            Grow(10);
        for (; value >= 0x80; value >>= 7)
            _buffer[Length++] = (byte)(value | 0x80);
        _buffer[Length++] = (byte)value;
    }

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Fixed64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);

    public void Single(float value) => BinaryPrimitives.WriteSingleLittleEndian(Room(4), value);

    public void Guid(Guid value) => value.TryWriteBytes(Room(16));

    /// <summary>Null and the empty text are told apart: the length is written plus one.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Byte(0);
            return;
        }
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)length + 1);
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Unsigned((ulong)value.Length);
        value.CopyTo(Room(value.Length));
    }

    /// <summary>How many numbers, and those.</summary>
    public void Numbers(ReadOnlySpan<int> values)
    {
        Unsigned((ulong)values.Length);
        foreach (var value in values)
            Signed(value);
    }

    /// <inheritdoc cref="Numbers(ReadOnlySpan{int})"/>
    public void Numbers(ReadOnlySpan<long> values)
    {
        Unsigned((ulong)values.Length);
        foreach (var value in values)
            Signed(value);
    }

    /// <summary>How many texts, and those.</summary>
    public void Texts(ReadOnlySpan<string> values)
    {
        Unsigned((ulong)values.Length);
        foreach (var value in values)
            Text(value);
    }

    Span<byte> Room(int count)
    {
        if (Length + count > _buffer.Length)
            Grow(count);
        var room = _buffer.AsSpan(Length, count);
        Length += count;
        return room;
    }

    void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)BitOperations.RoundUpToPowerOf2((uint)(Length + count)));
        Written.CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

using System.Runtime.InteropServices;
using Personalization.Codec;

namespace Personalization.Recommendations;

/// <summary>Writes an image: magic, version, then arrays as length in bytes and bytes, then a CRC-32C of it all. Little
/// endian.</summary>
sealed class ImageWriter(Stream stream)
{
    public const uint Magic = 0x58444950; // "PIDX"
    public const int Version = 2;

    uint _checksum;

    public void Header() => Write<int>([unchecked((int)Magic), Version]);

    public void Write(int number) => Write<int>([number]);

    public void Write(long number) => Write<long>([number]);

    public void Write<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        var length = (long)numbers.Length * Marshal.SizeOf<T>();
        Bytes(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in length)));
        const int chunk = 1 << 24;
        for (var from = 0; from < numbers.Length; from += chunk)
            Bytes(MemoryMarshal.AsBytes(numbers[from..Math.Min(numbers.Length, from + chunk)]));
    }

    public void Checksum()
    {
        var final = _checksum;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in final)));
    }

    void Bytes(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _checksum = Crc32C.Of(bytes, _checksum);
    }
}

/// <summary>Reads what <see cref="ImageWriter"/> wrote; anything else is an <see cref="InvalidDataException"/>.</summary>
/// <param name="stream">Must be able to tell its length, so that a damaged length is noticed before memory is taken.</param>
sealed class ImageReader(Stream stream)
{
    uint _checksum;

    public void Header()
    {
        if (Read<int>() is not [var magic, var version] || magic != unchecked((int)ImageWriter.Magic))
            throw new InvalidDataException("This is not an image of an item index.");
        if (version != ImageWriter.Version)
            throw new InvalidDataException($"The image has version {version}; this program reads version {ImageWriter.Version}.");
    }

    public int ReadInt() => Read<int>() is [var number] ? number : throw Damaged();

    public long ReadLong() => Read<long>() is [var number] ? number : throw Damaged();

    public T[] Read<T>()
        where T : unmanaged
    {
        long length = 0;
        Bytes(MemoryMarshal.AsBytes(new Span<long>(ref length)));
        var size = Marshal.SizeOf<T>();
        if (length < 0 || length % size != 0 || length / size > Array.MaxLength || length > stream.Length - stream.Position)
            throw Damaged();
        var numbers = GC.AllocateUninitializedArray<T>((int)(length / size));
        const int chunk = 1 << 24;
        for (var from = 0; from < numbers.Length; from += chunk)
            Bytes(MemoryMarshal.AsBytes(numbers.AsSpan(from, Math.Min(numbers.Length - from, chunk))));
        return numbers;
    }

    public void Checksum()
    {
        var expected = _checksum;
        uint found = 0;
        Bytes(MemoryMarshal.AsBytes(new Span<uint>(ref found)));
        if (found != expected)
            throw Damaged();
    }

    void Bytes(Span<byte> bytes)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException)
        {
            throw Damaged();
        }
        _checksum = Crc32C.Of(bytes, _checksum);
    }

    static InvalidDataException Damaged() => new("The image of the item index is cut off or damaged; rebuild the index.");
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Import;

/// <summary>Keys by which a fact is known again: the first 128 bits of SHA-256 over what makes it that fact.</summary>
public static class FactKey
{
    const ulong Seconds = (1ul << 40) - 1;

    /// <summary>
    /// The key of a row: the format and the row's bytes. Equal rows have equal keys until <see cref="Numbered"/>.
    /// </summary>
    public static UInt128 OfRow(string format, ReadOnlySpan<byte> row)
    {
        var length = Encoding.UTF8.GetByteCount(format) + 1 + row.Length;
        var bytes = length <= 512 ? stackalloc byte[length] : new byte[length];
        var prefix = Encoding.UTF8.GetBytes(format, bytes);
        bytes[prefix] = 0;
        row.CopyTo(bytes[(prefix + 1)..]);
        return Hash(bytes);
    }

    /// <summary>
    /// The key of a row whose bytes tell when it was: seconds, then the hash. History is imported in the order of time, and
    /// keys that follow each other are kept at a fraction of the cost of keys from all over the place.
    /// </summary>
    /// <param name="time">Unix milliseconds.</param>
    public static UInt128 OfRow(string format, ReadOnlySpan<byte> row, long time) =>
        (UInt128)((ulong)(time / 1000) & Seconds) << 88 | OfRow(format, row) >> 40;

    /// <summary>The key of what several texts name together, for instance a customer and an order.</summary>
    public static UInt128 Of(string format, params ReadOnlySpan<string> parts)
    {
        // The lengths keep ("ab", "c") and ("a", "bc") apart.
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(part.Length).Append(':').Append(part);
        return OfRow(format, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The key of the fact that is the <paramref name="occurrence"/>th (from 2) of its content.</summary>
    public static UInt128 Numbered(UInt128 key, int occurrence)
    {
        Span<byte> bytes = stackalloc byte[20];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], occurrence);
        return Hash(bytes);
    }

    /// <summary>A reference made up for an order whose file gives none: the same whenever the file is imported.</summary>
    public static string MadeUpReference(UInt128 key) => "import-" + key.ToString("x32")[16..];

    static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}

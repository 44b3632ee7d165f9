using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Outreach;

/// <summary>Hashes that stay the same for ever: what is derived from them stands in the journal.</summary>
static class Hash
{
    /// <summary>SHA-256 of a number and texts, each with its length in front, so that no two inputs run into one.</summary>
    public static void Fill(Span<byte> hash, long number, params ReadOnlySpan<string> texts)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, number);
        sha.AppendData(word);
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt64LittleEndian(word, bytes.Length);
            sha.AppendData(word);
            sha.AppendData(bytes);
        }
        sha.GetHashAndReset(hash);
    }

    /// <summary>64 bits of it.</summary>
    public static ulong Word(long number, params ReadOnlySpan<string> texts)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Fill(hash, number, texts);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>A number in [0, 1).</summary>
    public static double Share(long number, params ReadOnlySpan<string> texts) =>
        (Word(number, texts) >> 11) * (1.0 / (1L << 53));
}

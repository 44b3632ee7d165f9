using System.Numerics;
using System.Runtime.InteropServices;

namespace Personalization.Codec;

/// <summary>CRC-32C (Castagnoli): tells bytes that were damaged by chance.</summary>
public static class Crc32C
{
    /// <param name="bytes">What is summed up.</param>
    /// <param name="before">The sum of the bytes before; 0 at the beginning.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = before;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Personalization.Tracking;

/// <summary>A message id in 64 bits, the same on every machine and for ever: the first eight bytes of its SHA-256.</summary>
public static class MessageHash
{
    /// <summary>The hash of a message id's UTF-8 bytes; never 0, which stands for "no message id".</summary>
    public static ulong Of(ReadOnlySpan<byte> messageId)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(messageId, digest);
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        return hash == 0 ? 1 : hash;
    }
}

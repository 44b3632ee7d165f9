using System.Security.Cryptography;

namespace Personalization.Outreach;

/// <summary>
/// The idempotency key of a message: one per (customer, playbook, occasion), whoever computes it and however often.
/// </summary>
public static class MessageId
{
    /// <summary>A UUID of version 8 (RFC 9562, the free one) made of SHA-256.</summary>
    public static Guid For(long customer, string playbook, string occasion)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash.Fill(hash, customer, playbook, occasion);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}

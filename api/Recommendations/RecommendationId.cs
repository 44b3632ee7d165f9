using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Personalization.Recommendations;

/// <summary>
/// The id of an answer: it says itself for whom, where and when it was made, and is signed, so that nothing need be stored
/// for a click to be attributed. 33 characters of base64url.
/// </summary>
public sealed class RecommendationId(byte[] secret)
{
    const int Told = 8 + 1 + 6,
        Signed = 9;

    public string Issue(long customer, Placement placement, long at)
    {
        Span<byte> bytes = stackalloc byte[Told + Signed];
        BinaryPrimitives.WriteInt64BigEndian(bytes, customer);
        bytes[8] = (byte)placement;
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, at);
        time[2..].CopyTo(bytes[9..]);
        Sign(bytes[..Told], bytes[Told..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>What an id says; false for one that was not issued here.</summary>
    public bool TryRead(ReadOnlySpan<char> id, out long customer, out Placement placement, out long at)
    {
        (customer, placement, at) = (0, default, 0);
        Span<byte> bytes = stackalloc byte[Told + Signed];
        if (
            id.Length != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.IsValid(id)
            || !Base64Url.TryDecodeFromChars(id, bytes, out var read)
            || read != bytes.Length
        )
            return false;
        Span<byte> signature = stackalloc byte[Signed];
        Sign(bytes[..Told], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, bytes[Told..]))
            return false;
        customer = BinaryPrimitives.ReadInt64BigEndian(bytes);
        placement = (Placement)bytes[8];
        Span<byte> time = stackalloc byte[8];
        time.Clear();
        bytes[9..Told].CopyTo(time[2..]);
        at = BinaryPrimitives.ReadInt64BigEndian(time);
        return true;
    }

    void Sign(ReadOnlySpan<byte> told, Span<byte> signature)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, told, whole);
        whole[..Signed].CopyTo(signature);
    }
}

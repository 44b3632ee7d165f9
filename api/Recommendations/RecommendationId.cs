using System.Buffers.Binary;
using Personalization.Keys;

namespace Personalization.Recommendations;

/// <summary>
/// The id of an answer: it says itself for whom, where and when it was made, and is signed, so that nothing need be stored
/// for a click to be attributed. 32 characters of base64url.
/// </summary>
public sealed class RecommendationId(TokenSecrets secrets)
{
    // The customer, the placement, and the six bytes that a time in milliseconds needs.
    const int Payload = 8 + 1 + 6;
    readonly SignedToken _signed = new(secrets, "recommendation", signatureBytes: 9, longestLife: TimeSpan.FromDays(90));

    public string Issue(long customer, Placement placement, long at)
    {
        Span<byte> payload = stackalloc byte[Payload + 2];
        BinaryPrimitives.WriteInt64BigEndian(payload, customer);
        payload[8] = (byte)placement;
        BinaryPrimitives.WriteInt64BigEndian(payload[9..], at << 16);
        return _signed.Issue(payload[..Payload]);
    }

    /// <summary>What an id says; false for one that was not issued here.</summary>
    public bool TryRead(ReadOnlySpan<char> id, out long customer, out Placement placement, out long at)
    {
        (customer, placement, at) = (0, default, 0);
        if (_signed.Read(id) is not { Length: Payload } payload)
            return false;
        customer = BinaryPrimitives.ReadInt64BigEndian(payload);
        placement = (Placement)payload[8];
        at =
            (long)BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(9)) << 16
            | BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(13));
        return true;
    }
}

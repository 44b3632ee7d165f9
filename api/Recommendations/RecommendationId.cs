using System.Buffers.Binary;
using Personalization.Keys;

namespace Personalization.Recommendations;

/// <summary>An answer as its id tells it.</summary>
/// <param name="Customer">For whom it was made; 0 for a visitor who was not known yet.</param>
/// <param name="Placement">Where it was to be shown.</param>
/// <param name="At">When it was made, Unix milliseconds.</param>
/// <param name="Source">What made it: <see cref="AnswerSource.Key"/>; 0 = not known.</param>
public readonly record struct IssuedAnswer(long Customer, Placement Placement, long At, uint Source);

/// <summary>
/// The id of an answer: it says itself for whom, where, when and by what it was made, and is signed, so that nothing need be
/// stored for a click to be attributed. 38 characters of base64url.
/// </summary>
public sealed class RecommendationId(TokenSecrets secrets)
{
    // The customer, the placement, and the six bytes that a time in milliseconds needs; then the source, which older ids lack.
    const int WithoutSource = 8 + 1 + 6;
    const int Payload = WithoutSource + 4;

    /// <summary>No click of an older answer is counted.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(90);

    readonly SignedToken _signed = new(secrets, "recommendation", signatureBytes: 9, longestLife: Life);

    public string Issue(IssuedAnswer answer)
    {
        Span<byte> payload = stackalloc byte[Payload];
        BinaryPrimitives.WriteInt64BigEndian(payload, answer.Customer);
        payload[8] = (byte)answer.Placement;
        BinaryPrimitives.WriteInt64BigEndian(payload[9..], answer.At << 16);
        BinaryPrimitives.WriteUInt32BigEndian(payload[WithoutSource..], answer.Source);
        return _signed.Issue(payload);
    }

    /// <summary>What an id says; null for one that was not issued here.</summary>
    public IssuedAnswer? Read(ReadOnlySpan<char> id)
    {
        if (_signed.Read(id) is not { Length: WithoutSource or Payload } payload)
            return null;
        var at =
            (long)BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(9)) << 16
            | BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(13));
        return new IssuedAnswer(
            BinaryPrimitives.ReadInt64BigEndian(payload),
            (Placement)payload[8],
            at,
            payload.Length == Payload ? BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(WithoutSource)) : 0
        );
    }
}

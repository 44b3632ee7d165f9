using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Keys;

/// <summary>
/// Lets a visitor's browser read what is its own: recommendations, and what its events change. Issued by the shop's server
/// for one name, signed, valid for a time; the public write key alone reads nothing.
/// </summary>
public sealed class VisitorToken(byte[] secret, TimeProvider time)
{
    const int Signature = 16,
        Expiry = 8;
    static readonly byte[] Purpose = "visitor"u8.ToArray();

    /// <param name="userId">One of the two names is given; the other is null.</param>
    /// <param name="anonymousId">See <paramref name="userId"/>.</param>
    /// <param name="validFor">How long it opens anything.</param>
    public string Issue(string? userId, string? anonymousId, TimeSpan validFor)
    {
        var name = Encoding.UTF8.GetBytes((userId is null ? "a" : "u") + (userId ?? anonymousId));
        var bytes = new byte[Expiry + name.Length + Signature];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (time.GetUtcNow() + validFor).ToUnixTimeMilliseconds());
        name.CopyTo(bytes, Expiry);
        Sign(bytes.AsSpan(..^Signature), bytes.AsSpan(^Signature..));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The name a token was issued for; false where it is not one of ours, damaged, or no longer valid.</summary>
    public bool TryRead(string? token, out string? userId, out string? anonymousId)
    {
        (userId, anonymousId) = (null, null);
        if (token is not { Length: > 0 and <= 1500 } || !Base64Url.IsValid(token))
            return false;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= Expiry + 1 + Signature)
            return false;
        Span<byte> signature = stackalloc byte[Signature];
        Sign(bytes.AsSpan(..^Signature), signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, bytes.AsSpan(^Signature..)))
            return false;
        if (BinaryPrimitives.ReadInt64BigEndian(bytes) < time.GetUtcNow().ToUnixTimeMilliseconds())
            return false;
        var name = Encoding.UTF8.GetString(bytes.AsSpan(Expiry..^Signature));
        if (name[0] == 'u')
            userId = name[1..];
        else
            anonymousId = name[1..];
        return true;
    }

    void Sign(ReadOnlySpan<byte> told, Span<byte> signature)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Purpose);
        hmac.AppendData(told);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hmac.GetHashAndReset(whole);
        whole[..Signature].CopyTo(signature);
    }
}

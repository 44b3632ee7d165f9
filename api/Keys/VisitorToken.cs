using System.Buffers.Binary;
using System.Text;

namespace Personalization.Keys;

/// <summary>
/// Lets a visitor's browser read what is its own: recommendations, and what its events change. Issued by the shop's server
/// for one name, signed, valid for a time; the public write key alone reads nothing.
/// </summary>
public sealed class VisitorToken(TokenSecrets secrets, TimeProvider time)
{
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(30);

    const int Expiry = sizeof(long);
    readonly SignedToken _signed = new(secrets, "visitor", longestLife: LongestLife);

    /// <param name="userId">One of the two names is given; the other is null.</param>
    /// <param name="anonymousId">See <paramref name="userId"/>.</param>
    /// <param name="validFor">How long it opens anything.</param>
    public string Issue(string? userId, string? anonymousId, TimeSpan validFor)
    {
        var name = (userId is null ? "a" : "u") + (userId ?? anonymousId);
        var payload = new byte[Expiry + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteInt64BigEndian(payload, (time.GetUtcNow() + validFor).ToUnixTimeMilliseconds());
        Encoding.UTF8.GetBytes(name, payload.AsSpan(Expiry));
        return _signed.Issue(payload);
    }

    /// <summary>The name a token was issued for; false where it is not one of ours, damaged, or no longer valid.</summary>
    public bool TryRead(string? token, out string? userId, out string? anonymousId)
    {
        (userId, anonymousId) = (null, null);
        if (_signed.Read(token) is not { Length: > Expiry + 1 } payload)
            return false;
        if (BinaryPrimitives.ReadInt64BigEndian(payload) < time.GetUtcNow().ToUnixTimeMilliseconds())
            return false;
        var name = Encoding.UTF8.GetString(payload.AsSpan(Expiry));
        if (name[0] == 'u')
            userId = name[1..];
        else
            anonymousId = name[1..];
        return true;
    }
}

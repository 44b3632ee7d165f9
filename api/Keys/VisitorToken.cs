using System.Buffers.Binary;
using System.Text;

namespace Personalization.Keys;

/// <summary>Whom a visitor's token was issued for.</summary>
/// <param name="UserId">One of the two names is there; the other is null.</param>
/// <param name="AnonymousId">See <paramref name="UserId"/>.</param>
/// <param name="Customer">Whom the name stood for then: the token opens nothing once it stands for another.</param>
/// <param name="OnlyAnonymous">The write key alone asked for it: it opens nothing once the visitor is said to be a person.</param>
public sealed record VisitorPass(string? UserId, string? AnonymousId, long Customer, bool OnlyAnonymous);

/// <summary>
/// Lets a visitor's browser read what is its own: recommendations, its lists and cart, and what its events change. Signed, valid for a
/// time, for one name of one customer; the public write key alone reads nothing.
/// </summary>
public sealed class VisitorToken(TokenSecrets secrets, TimeProvider time)
{
    /// <summary>No token lives longer.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(30);

    const int Customer = sizeof(long),
        Flags = 2 * sizeof(long),
        Name = Flags + 1;
    readonly SignedToken _signed = new(secrets, "visitor of a customer", longestLife: MaxLife);

    /// <param name="pass">For whom.</param>
    /// <param name="validFor">How long it opens anything.</param>
    public string Issue(VisitorPass pass, TimeSpan validFor)
    {
        var name = (pass.UserId is null ? "a" : "u") + (pass.UserId ?? pass.AnonymousId);
        var payload = new byte[Name + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteInt64BigEndian(payload, (time.GetUtcNow() + validFor).ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(Customer), pass.Customer);
        payload[Flags] = pass.OnlyAnonymous ? (byte)1 : (byte)0;
        Encoding.UTF8.GetBytes(name, payload.AsSpan(Name));
        return _signed.Issue(payload);
    }

    /// <summary>Whom a token was issued for; null where it is not one of ours, damaged, or no longer valid.</summary>
    public VisitorPass? Read(string? token)
    {
        if (_signed.Read(token) is not { Length: > Name + 1 } payload)
            return null;
        if (BinaryPrimitives.ReadInt64BigEndian(payload) < time.GetUtcNow().ToUnixTimeMilliseconds())
            return null;
        var name = Encoding.UTF8.GetString(payload.AsSpan(Name));
        var isUser = name[0] == 'u';
        return new VisitorPass(
            isUser ? name[1..] : null,
            isUser ? null : name[1..],
            BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(Customer)),
            payload[Flags] != 0
        );
    }
}

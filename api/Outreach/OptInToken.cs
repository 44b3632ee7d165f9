using System.Diagnostics.CodeAnalysis;
using Personalization.Codec;
using Personalization.Keys;
using Personalization.Shop;

namespace Personalization.Outreach;

/// <summary>A subscription to be confirmed.</summary>
/// <param name="Customer">Whose profile it is for.</param>
/// <param name="Name">The name that asked for it.</param>
/// <param name="Address">The key of the address that was asked (<see cref="AddressKeys"/>): no other is meant.</param>
public sealed record OptInConfirmation(long Customer, long Name, string Channel, string Topic, string Address);

/// <summary>Makes and reads the token of a confirmation: the confirmation itself, signed, valid for a time.</summary>
public sealed class OptInToken(TokenSecrets secrets, ShopClock clock)
{
    const byte Version = 1;
    readonly SignedToken _signed = new(secrets, "opt-in", longestLife: TimeSpan.FromDays(90));

    public string Issue(OptInConfirmation asked, TimeSpan validFor)
    {
        using var payload = new ByteWriter();
        payload.Byte(Version);
        payload.Signed(clock.Now + (long)validFor.TotalMilliseconds);
        payload.Fixed64((ulong)asked.Customer);
        payload.Signed(asked.Name);
        payload.Text(asked.Channel);
        payload.Text(asked.Topic);
        payload.Text(asked.Address);
        return _signed.Issue(payload.Written);
    }

    /// <summary>False for anything but a token issued with the same secret, unchanged, and not yet expired.</summary>
    public bool TryRead(string? token, [NotNullWhen(true)] out OptInConfirmation? asked)
    {
        asked = null;
        if (_signed.Read(token) is not { } payload)
            return false;
        var reader = new ByteReader(payload);
        if (reader.Byte() != Version || reader.Signed() < clock.Now)
            return false;
        asked = new((long)reader.Fixed64(), reader.Signed(), reader.Text() ?? "", reader.Text() ?? "", reader.Text() ?? "");
        return true;
    }
}

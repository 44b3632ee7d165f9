using System.Diagnostics.CodeAnalysis;
using Personalization.Codec;
using Personalization.Keys;

namespace Personalization.Outreach;

/// <summary>Who wants to hear no more of what, and which message said so. Topic "*" is all of the channel.</summary>
public sealed record UnsubscribeRequest(long Customer, Guid Message, string Channel, string Topic)
{
    /// <summary>The key (<see cref="AddressKeys"/>) of the address it went to; null in tokens of older messages.</summary>
    public string? Address { get; init; }
}

/// <summary>
/// Makes and reads the token of an unsubscribe address: the request itself, signed, so that nothing need be looked up and
/// only the recipient can unsubscribe. It does not expire: a link in an old message has to work.
/// </summary>
public sealed class UnsubscribeToken(TokenSecrets secrets)
{
    /// <summary>Version 1 had no address.</summary>
    const byte Version = 2;
    readonly SignedToken _signed = new(secrets, "unsubscribe");

    public string Issue(UnsubscribeRequest request)
    {
        using var payload = new ByteWriter();
        payload.Byte(Version);
        payload.Fixed64((ulong)request.Customer);
        payload.Guid(request.Message);
        payload.Text(request.Channel);
        payload.Text(request.Topic);
        payload.Text(request.Address);
        return _signed.Issue(payload.Written);
    }

    /// <summary>False for anything but a token issued with the same secret, unchanged.</summary>
    public bool TryRead(string? token, [NotNullWhen(true)] out UnsubscribeRequest? request)
    {
        request = null;
        if (_signed.Read(token) is not { } payload)
            return false;
        var reader = new ByteReader(payload);
        var version = reader.Byte();
        if (version is not (1 or Version))
            return false;
        request = new((long)reader.Fixed64(), reader.Guid(), reader.Text() ?? "", reader.Text() ?? "")
        {
            Address = version == 1 ? null : reader.Text(),
        };
        return true;
    }
}

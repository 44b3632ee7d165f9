using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Personalization.Codec;

namespace Personalization.Outreach;

/// <summary>Who wants to hear no more of what, and which message said so. Topic "*" is all of the channel.</summary>
public sealed record UnsubscribeRequest(long Customer, Guid Message, string Channel, string Topic);

/// <summary>
/// Makes and reads the token of an unsubscribe address: the request itself, signed (HMAC-SHA256), so that nothing need be
/// looked up and nobody can unsubscribe somebody else. It does not expire: a link in an old message has to work.
/// </summary>
public sealed class UnsubscribeToken
{
    const byte Version = 1;

    /// <summary>128 bits of the signature: a token stays short, and guessing stays hopeless.</summary>
    const int SignatureBytes = 16;
    const int MaxToken = 512;

    readonly byte[] key;

    /// <param name="secret">
    /// The server's secret, at least 32 bytes; the key used here is derived from it and serves nothing else.
    /// </param>
    public UnsubscribeToken(ReadOnlySpan<byte> secret)
    {
        if (secret.Length < 32)
            throw new ArgumentException("The secret for unsubscribe addresses must have at least 32 bytes.", nameof(secret));
        key = HMACSHA256.HashData(secret, "unsubscribe address, version 1"u8);
    }

    public string Issue(UnsubscribeRequest request)
    {
        using var token = new ByteWriter();
        token.Byte(Version);
        token.Fixed64((ulong)request.Customer);
        token.Guid(request.Message);
        token.Text(request.Channel);
        token.Text(request.Topic);
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, token.Written, signature);
        return Base64Url.EncodeToString([.. token.Written, .. signature[..SignatureBytes]]);
    }

    /// <summary>False for anything but a token issued with the same secret, unchanged. Compares in constant time.</summary>
    public bool TryRead(string? token, [NotNullWhen(true)] out UnsubscribeRequest? request)
    {
        request = null;
        if (token is not { Length: > 0 and <= MaxToken })
            return false;
        Span<byte> bytes = stackalloc byte[MaxToken];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || length <= SignatureBytes)
            return false;
        // Unused bits at the end of base64 would make several texts of one token.
        if (Base64Url.EncodeToString(bytes[..length]) != token)
            return false;
        var body = bytes[..(length - SignatureBytes)];
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, body, signature);
        if (!CryptographicOperations.FixedTimeEquals(signature[..SignatureBytes], bytes[body.Length..length]))
            return false;
        var reader = new ByteReader(body);
        if (reader.Byte() != Version)
            return false;
        request = new((long)reader.Fixed64(), reader.Guid(), reader.Text() ?? "", reader.Text() ?? "");
        return true;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Keys;

/// <summary>
/// Signs what a token says, so that it need not be stored: base64url of the payload and of an HMAC-SHA256 over it, cut to
/// <paramref name="signatureBytes"/>. Every purpose has a key of its own, derived from the shop's secret (HKDF, RFC 5869), so that
/// a token of one purpose opens nothing of another.
/// </summary>
/// <param name="secrets">The shop's secrets, each of at least 32 bytes: the newest signs.</param>
/// <param name="purpose">What the tokens are for, for instance <c>visitor</c>.</param>
/// <param name="signatureBytes">8 to 32. 128 bits by default: a token stays short, and guessing stays hopeless.</param>
/// <param name="longestLife">
/// No token is of use for longer: a secret that was replaced before that verifies none, nor does one that once stood in the
/// clear. Null where tokens are to work for as long as their secret is kept.
/// </param>
public sealed class SignedToken(TokenSecrets secrets, string purpose, int signatureBytes = 16, TimeSpan? longestLife = null)
{
    /// <summary>Characters of the longest token that is read.</summary>
    const int MaxToken = 1500;

    readonly long _life = longestLife is { } life ? (long)life.TotalMilliseconds : long.MaxValue;
    volatile DerivedKeys _keys = Derive(secrets.All, purpose);

    /// <summary>The keys of this purpose, in the order of the secrets they were derived from.</summary>
    sealed record DerivedKeys(TokenSecret[] Secrets, byte[][] Keys);

    DerivedKeys Keys => _keys.Secrets == secrets.All ? _keys : _keys = Derive(secrets.All, purpose);

    static DerivedKeys Derive(TokenSecret[] secrets, string purpose) =>
        new(
            secrets,
            Array.ConvertAll(secrets, secret =>
                secret.Bytes.Length >= 32
                    ? HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Bytes.ToArray(), 32, info: Encoding.UTF8.GetBytes(purpose))
                    : throw new ArgumentException("A secret that signs tokens must have at least 32 bytes.")
            )
        );

    public string Issue(ReadOnlySpan<byte> payload)
    {
        Span<byte> token = stackalloc byte[payload.Length + signatureBytes];
        payload.CopyTo(token);
        var (all, keys) = Keys;
        var newest = Array.FindIndex(all, one => one.SignsFrom <= secrets.Now);
        Sign(keys[Math.Max(0, newest)], payload, token[payload.Length..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>The payload; null for anything but a token issued for this purpose, unchanged. Compares in constant time.</summary>
    public byte[]? Read(ReadOnlySpan<char> token)
    {
        if (token.IsEmpty || token.Length > MaxToken)
            return null;
        Span<byte> bytes = stackalloc byte[MaxToken];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || length <= signatureBytes)
            return null;
        var payload = bytes[..(length - signatureBytes)];
        // Unused bits at the end of base64 would make several texts of one token.
        return IsSigned(payload, bytes[payload.Length..length]) && token.SequenceEqual(Base64Url.EncodeToString(bytes[..length]))
            ? payload.ToArray()
            : null;
    }

    bool IsSigned(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        var (all, keys) = Keys;
        var now = secrets.Now;
        Span<byte> expected = stackalloc byte[signature.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            if (!Verifies(all[i], now))
                continue;
            Sign(keys[i], payload, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, signature))
                return true;
        }
        return false;
    }

    bool Verifies(TokenSecret secret, long now) =>
        now < secret.Until && (_life == long.MaxValue || (!secret.WasInClear && now - _life < secret.ReplacedAt));

    static void Sign(byte[] key, ReadOnlySpan<byte> payload, Span<byte> signature)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, payload, hash);
        hash[..signature.Length].CopyTo(signature);
    }
}

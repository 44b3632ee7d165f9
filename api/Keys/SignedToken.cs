using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Keys;

/// <summary>
/// Signs what a token says, so that it need not be stored: base64url of the payload and of an HMAC-SHA256 over it, cut to
/// <paramref name="signatureBytes"/>. Every purpose has a key of its own, derived from the shop's one secret (HKDF, RFC 5869), so that
/// a token of one purpose opens nothing of another.
/// </summary>
/// <param name="secret">The shop's secret, at least 32 bytes.</param>
/// <param name="purpose">What the tokens are for, for instance <c>visitor</c>.</param>
/// <param name="signatureBytes">8 to 32. 128 bits by default: a token stays short, and guessing stays hopeless.</param>
public sealed class SignedToken(ReadOnlySpan<byte> secret, string purpose, int signatureBytes = 16)
{
    /// <summary>Characters of the longest token that is read.</summary>
    const int MaxToken = 1500;

    readonly byte[] _key =
        secret.Length >= 32
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.ToArray(), 32, info: Encoding.UTF8.GetBytes(purpose))
            : throw new ArgumentException("The secret that signs tokens must have at least 32 bytes.", nameof(secret));

    public string Issue(ReadOnlySpan<byte> payload)
    {
        Span<byte> token = stackalloc byte[payload.Length + signatureBytes];
        payload.CopyTo(token);
        Sign(payload, token[payload.Length..]);
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
        Span<byte> signature = stackalloc byte[signatureBytes];
        Sign(payload, signature);
        // Unused bits at the end of base64 would make several texts of one token.
        return
            CryptographicOperations.FixedTimeEquals(signature, bytes[payload.Length..length])
            && token.SequenceEqual(Base64Url.EncodeToString(bytes[..length]))
            ? payload.ToArray()
            : null;
    }

    void Sign(ReadOnlySpan<byte> payload, Span<byte> signature)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, payload, hash);
        hash[..signature.Length].CopyTo(signature);
    }
}

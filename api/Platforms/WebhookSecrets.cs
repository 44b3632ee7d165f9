using System.Security.Cryptography;
using System.Text;

namespace Personalization.Platforms;

/// <summary>Proves that a body comes from the platform: an HMAC-SHA256 of its bytes in base64.</summary>
static class WebhookSecrets
{
    /// <summary>Whether one of the secrets made the signature. All are tried, so that they can be changed one after the other.</summary>
    public static bool Sign(IReadOnlyList<string> secrets, ReadOnlySpan<byte> body, string? signature)
    {
        Span<byte> sent = stackalloc byte[HMACSHA256.HashSizeInBytes + 1],
            own = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(signature ?? "", sent, out var length) || length != HMACSHA256.HashSizeInBytes)
            return false;
        var isOne = false;
        // One that was emptied, as after a rotation, signs nothing.
        foreach (var secret in secrets)
        {
            if (string.IsNullOrWhiteSpace(secret))
                continue;
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, own);
            isOne |= CryptographicOperations.FixedTimeEquals(sent[..length], own);
        }
        return isOne;
    }
}

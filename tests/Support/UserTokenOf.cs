using System.Security.Cryptography;
using System.Text;

namespace Personalization.Support;

/// <summary>What a shop's server makes for its signed-in customers.</summary>
public static class UserTokenOf
{
    // docs/trust.md shows these lines.
    public static string Make(string secret, string userId, long expires)
    {
        var code = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{expires}.{userId}"));
        return $"{expires}.{Convert.ToHexStringLower(code)}";
    }

    /// <summary>Valid at <see cref="TestServer"/> for a day.</summary>
    public static string Of(string userId) =>
        Make(TestServer.SigningSecret, userId, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 86_400);
}

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Personalization.Shop;

namespace Personalization.Keys;

/// <summary>
/// What the shop's server gives a signed-in customer's browser so that its calls prove who they are (docs/trust.md):
/// <c>EXPIRES.CODE</c>, Unix seconds and the hexadecimal HMAC-SHA256 of <c>EXPIRES.USERID</c> by the <see cref="SigningSecret"/>.
/// </summary>
public sealed class UserTokens(SigningSecret secret, ShopClock time)
{
    /// <summary>The header that carries one; calls may carry it as <c>context.userToken</c> instead.</summary>
    public const string Header = "X-User-Token";

    /// <summary>How far ahead a token may end: one that is lost does not prove somebody for ever.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(90);

    const int CodeLength = HMACSHA256.HashSizeInBytes * 2,
        MaxUserId = 255;

    /// <summary>Whether the token proves this user id now.</summary>
    public bool IsValid(ReadOnlySpan<char> token, string userId)
    {
        var dot = token.IndexOf('.');
        if (dot is < 1 or > 18 || token.Length - dot - 1 != CodeLength || userId.Length > MaxUserId)
            return false;
        if (!long.TryParse(token[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
            return false;
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (expires < now || expires > now + (long)MaxLife.TotalSeconds)
            return false;
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(token[(dot + 1)..], code, out _, out _) != OperationStatus.Done)
            return false;
        Span<byte> message = stackalloc byte[20 + MaxUserId * 3];
        var length = Encoding.UTF8.GetBytes(token[..(dot + 1)], message);
        length += Encoding.UTF8.GetBytes(userId, message[length..]);
        return secret.Matches(message[..length], code);
    }
}

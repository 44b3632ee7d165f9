using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Personalization.Journal;

namespace Personalization.Keys;

/// <summary>
/// The secret that the shop's server signs user tokens with (<see cref="UserTokens"/>): a text that both sides know, whose UTF-8 bytes are
/// the HMAC key. Several are accepted while one replaces another.
/// </summary>
public sealed class SigningSecret(params IReadOnlyList<string> texts)
{
    /// <summary>Characters of the shortest text that is taken.</summary>
    public const int MinLength = 32;

    public const string Variable = "PERSONALIZATION_SIGNING_SECRET";

    const string Setting = "secret.user-tokens";

    readonly byte[][] _keys = [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>
    /// Takes the secret given (from the environment), else the one the store knows, else makes one and tells it to
    /// <paramref name="made"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The secret given is too short.</exception>
    public static async Task<SigningSecret> OpenAsync(ISettings settings, string? given, Action<string> made)
    {
        if (!string.IsNullOrWhiteSpace(given))
            return given.Length >= MinLength
                ? new SigningSecret(given)
                : throw new ArgumentException($"{Variable} has {given.Length} characters; it needs at least {MinLength}.");
        var text = "sig_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var standing = Encoding.UTF8.GetString(await settings.ReadOrAddSecretAsync(Setting, Encoding.UTF8.GetBytes(text)));
        if (standing == text)
            await ApiKeys.TellAsync(settings, Setting, () => made(text));
        return new SigningSecret(standing);
    }

    /// <summary>Whether one of the secrets made this code for the message (HMAC-SHA256). Compares in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> message, ReadOnlySpan<byte> code)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var matches = false;
        foreach (var key in _keys)
        {
            HMACSHA256.HashData(key, message, expected);
            matches |= CryptographicOperations.FixedTimeEquals(expected, code);
        }
        return matches;
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Personalization.Journal;

namespace Personalization.Keys;

/// <summary>What a key may do. The write key is public: it stands in the shop's pages, tracks, and reads nothing.</summary>
public enum KeyKind : byte
{
    None,
    Write,
    Secret,
}

/// <summary>The shop's keys. Only hashes are kept; the texts are printed once, when they are made.</summary>
public sealed class ApiKeys
{
    readonly byte[] _write,
        _secret,
        _ofProcess;

    ApiKeys(byte[] write, byte[] secret)
    {
        (_write, _secret) = (write, secret);
        OfProcess = "pk_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        _ofProcess = Hash(OfProcess);
    }

    /// <summary>A secret key that lives as long as this process, for commands of the user who runs it.</summary>
    public string OfProcess { get; }

    const int MinLength = 16,
        MaxLength = 256;

    /// <summary>A key that the shop chose in this setting; null where it did not.</summary>
    /// <exception cref="ArgumentException">It can be guessed, or some client could not send it.</exception>
    public static string? Chosen(string setting, string? key)
    {
        if (string.IsNullOrWhiteSpace(key))
            return null;
        if (key.Length is < MinLength or > MaxLength)
            throw new ArgumentException($"{setting} has {key.Length} characters; a key has {MinLength} to {MaxLength} of them.");
        if (!key.All(one => char.IsBetween(one, '!', '~') && one != ':'))
            throw new ArgumentException($"{setting} must be of printable ASCII characters without spaces and colons.");
        return key;
    }

    /// <summary>
    /// Takes the keys given, else those the store knows, else makes new ones and tells them to <paramref name="made"/>, which
    /// is the only chance to see them.
    /// </summary>
    /// <exception cref="ArgumentException">Both are the same.</exception>
    public static async Task<ApiKeys> OpenAsync(
        ISettings settings,
        string? givenWrite,
        string? givenSecret,
        Action<string, string> made
    )
    {
        var write = await OneAsync(settings, "write", givenWrite, "wk_", made);
        var secret = await OneAsync(settings, "secret", givenSecret, "sk_", made);
        return CryptographicOperations.FixedTimeEquals(write, secret)
            ? throw new ArgumentException(
                "PERSONALIZATION_WRITE_KEY and PERSONALIZATION_SECRET_KEY are the same key: "
                    + "the write key stands in the shop's pages, and the secret key reads every customer."
            )
            : new ApiKeys(write, secret);
    }

    public KeyKind KindOf(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty || key.Length > MaxLength)
            return KeyKind.None;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(key, hash);
        if (CryptographicOperations.FixedTimeEquals(hash, _secret) || CryptographicOperations.FixedTimeEquals(hash, _ofProcess))
            return KeyKind.Secret;
        return CryptographicOperations.FixedTimeEquals(hash, _write) ? KeyKind.Write : KeyKind.None;
    }

    /// <summary>
    /// From the Authorization header: Bearer with a key, or Basic with the key as user and an empty password, as Segment's
    /// clients send it (a missing colon is tolerated). A header that is neither is no key.
    /// </summary>
    public KeyKind KindOfHeader(string? authorization)
    {
        if (authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true)
            return KindOf(authorization.AsSpan(7).Trim());
        if (authorization?.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) != true)
            return KeyKind.None;
        Span<byte> bytes = stackalloc byte[600];
        if (!Convert.TryFromBase64Chars(authorization.AsSpan(6).Trim(), bytes, out var written))
            return KeyKind.None;
        Span<char> text = stackalloc char[600];
        if (!Encoding.UTF8.TryGetChars(bytes[..written], text, out var length))
            return KeyKind.None;
        var user = text[..length];
        var colon = user.IndexOf(':');
        return KindOf(colon < 0 ? user : user[..colon]);
    }

    /// <summary>
    /// Whether a header that holds no valid key was meant to hold one. Otherwise the key may stand in the body: beside another
    /// program's Bearer token, for instance.
    /// </summary>
    public static bool IsWrongKey(string? authorization) =>
        authorization?.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) == true
        && authorization.AsSpan(6).Trim() is not ("" or "Og==");

    static async Task<byte[]> OneAsync(ISettings settings, string name, string? given, string prefix, Action<string, string> made)
    {
        if (!string.IsNullOrWhiteSpace(given))
            return Hash(given);
        var key = prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        var own = Hash(key);
        var standing = await settings.ReadOrAddSettingAsync($"key.{name}", own);
        if (standing.AsSpan().SequenceEqual(own))
            await TellAsync(settings, $"key.{name}", () => made(name, key));
        return standing;
    }

    /// <summary>
    /// Tells what was made, by the process whose value stands: a key that another one made is none. Where it cannot be told
    /// nobody would ever know it: it is removed, and the next start makes another.
    /// </summary>
    internal static async Task TellAsync(ISettings settings, string setting, Action tell)
    {
        try
        {
            tell();
        }
        catch
        {
            await settings.SaveSettingAsync(setting, null);
            throw;
        }
    }

    static byte[] Hash(string key)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(key, hash);
        return hash;
    }

    static void Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        Span<byte> utf8 = stackalloc byte[key.Length * 3];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
    }
}

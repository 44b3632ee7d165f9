using System.Security.Cryptography;
using System.Text;
using Personalization.Identity;

namespace Personalization.Storage.Keys;

/// <summary>
/// By what a name is found: HMAC-SHA256 of kind and name, cut to 128 bits, with a key that is wrapped by the master key. Who has
/// a copy of the database cannot try names out. Plain anonymous ids, which say nothing of a person, are sealed with it too: most
/// visitors come once, and need no key of their own.
/// </summary>
sealed class NameSecret(byte[] key)
{
    readonly byte[] _sealing = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: "anonymous ids"u8.ToArray());

    /// <summary>Where the key is kept.</summary>
    public const string Setting = "secret.names";

    /// <summary>The first byte of such a text; a customer's begin with another (<see cref="Sealing"/>).</summary>
    const byte WithShopsKey = 2;

    const int Size = 16,
        OnStack = 1024;

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    public byte[] Of(NameKind kind, string value)
    {
        var length = 1 + Encoding.UTF8.GetByteCount(value);
        var text = length <= OnStack ? stackalloc byte[length] : new byte[length];
        text[0] = (byte)kind;
        Encoding.UTF8.GetBytes(value, text[1..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, text, hash);
        return hash[..Size].ToArray();
    }

    /// <summary>
    /// Whether the name is sealed with the shop's key: an anonymous id, unless it is no plain one but may be somebody's address or
    /// name (some shops say those there).
    /// </summary>
    public static bool Seals(NameKind kind, string value) =>
        kind == NameKind.Anonymous && !value.Any(one => one == '@' || char.IsWhiteSpace(one));

    /// <summary>Whether this text was sealed with the shop's key, and not with a customer's.</summary>
    public static bool Sealed(ReadOnlySpan<byte> text) => text is [WithShopsKey, ..];

    /// <param name="hash">Of the row: put in another's place the text does not open.</param>
    /// <param name="value">An anonymous id.</param>
    public byte[] Seal(byte[] hash, string value) =>
        [WithShopsKey, .. Sealing.Seal(_sealing, Purpose.Name, hash, Encoding.UTF8.GetBytes(value))];

    /// <exception cref="InvalidDataException">Damaged, or of another row.</exception>
    public string Open(byte[] hash, ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(Sealing.Unseal(_sealing, Purpose.Name, hash, text[1..]));
}

/// <summary>A name to be sealed for a customer.</summary>
/// <param name="Hash">By what it is found (<see cref="NameSecret.Of"/>).</param>
readonly record struct NameText(long Customer, NameKind Kind, string Value, byte[] Hash);

/// <summary>
/// A name as it stands in the database: a user id sealed with the key of its customer, a plain anonymous id with the shop's.
/// </summary>
sealed record SealedName(long Number, NameKind Kind, byte[] Hash, byte[] Sealed, long Customer, long Since)
{
    public BoundName Opened(string value) => new(Number, Kind, value, Customer, Since);
}

using System.Security.Cryptography;
using System.Text;
using Personalization.Identity;

namespace Personalization.Storage.Keys;

/// <summary>
/// By what a name is found: HMAC-SHA256 of kind and name, cut to 128 bits, with a key that is wrapped by the master key. Who has
/// a copy of the database cannot try names out. Anonymous ids, which say nothing of a person, are sealed with it too: most
/// visitors come once, and need no key of their own.
/// </summary>
sealed class NameSecret(byte[] key)
{
    readonly byte[] _sealing = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: "anonymous ids"u8.ToArray());

    /// <summary>Where the key is kept.</summary>
    public const string Setting = "secret.names";

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

    public byte[] SealAnonymous(string value) => Sealing.Seal(_sealing, Purpose.Name, 0, 0, Encoding.UTF8.GetBytes(value));

    /// <summary>The anonymous id; empty where it is damaged.</summary>
    public string OpenAnonymous(byte[] text)
    {
        try
        {
            return Encoding.UTF8.GetString(Sealing.Unseal(_sealing, Purpose.Name, 0, 0, text));
        }
        catch (InvalidDataException)
        {
            return "";
        }
    }
}

/// <summary>A name to be sealed for a customer.</summary>
readonly record struct NameText(long Customer, NameKind Kind, string Value);

/// <summary>A name as it stands in the database: a user id sealed with the key of its customer, an anonymous id with the shop's.</summary>
sealed record SealedName(long Number, NameKind Kind, byte[] Sealed, long Customer, long Since)
{
    public BoundName Opened(string value) => new(Number, Kind, value, Customer, Since);
}

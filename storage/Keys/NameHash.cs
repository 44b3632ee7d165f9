using System.Security.Cryptography;
using System.Text;
using Personalization.Identity;

namespace Personalization.Storage.Keys;

/// <summary>
/// By what a name is found: HMAC-SHA256 of kind and name, cut to 128 bits, with a key that is wrapped by the master key. Who has
/// a copy of the database cannot try names out.
/// </summary>
sealed class NameHash(byte[] key)
{
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
}

/// <summary>A name as it stands in the database: the text sealed with the key of the customer it points to.</summary>
sealed record SealedName(long Number, NameKind Kind, byte[] Sealed, long Customer, long Since)
{
    public BoundName Opened(string value) => new(Number, Kind, value, Customer, Since);
}

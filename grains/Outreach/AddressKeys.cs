using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Outreach;

/// <summary>
/// What an address is called where no address may stand: a keyed hash, which without the shop's secret tells nothing, not even
/// whether a guessed address is there. The secret must never change, or what addresses said would be forgotten.
/// </summary>
public sealed class AddressKeys(byte[] secret)
{
    const int Bytes = 16,
        Nonce = 12,
        Tag = 16;

    static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "addresses"u8.ToArray());

    readonly byte[] _sealing = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "what addresses said"u8.ToArray());

    /// <summary>AES-256-GCM: a random nonce, the ciphertext, the tag. Nothing stays nothing.</summary>
    public byte[] Seal(ReadOnlySpan<byte> clear)
    {
        if (clear.IsEmpty)
            return [];
        var text = new byte[Nonce + clear.Length + Tag];
        RandomNumberGenerator.Fill(text.AsSpan(0, Nonce));
        using var cipher = new AesGcm(_sealing, Tag);
        cipher.Encrypt(text.AsSpan(0, Nonce), clear, text.AsSpan(Nonce, clear.Length), text.AsSpan(^Tag..));
        return text;
    }

    /// <exception cref="InvalidDataException">Damaged, or sealed with another secret.</exception>
    public byte[] Unseal(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return [];
        if (text.Length < Nonce + Tag)
            throw new InvalidDataException("What an address said is damaged.");
        var clear = new byte[text.Length - Nonce - Tag];
        using var cipher = new AesGcm(_sealing, Tag);
        try
        {
            cipher.Decrypt(text[..Nonce], text.Slice(Nonce, clear.Length), text[^Tag..], clear);
        }
        catch (CryptographicException damage)
        {
            throw new InvalidDataException("What an address said is damaged, or was sealed with another secret.", damage);
        }
        return clear;
    }

    /// <summary>22 characters of base64url, the same for every spelling of an address.</summary>
    public string KeyOf(string channel, string address)
    {
        var hash = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{channel}\n{Normal(address)}"));
        return Base64Url.EncodeToString(hash.AsSpan(0, Bytes));
    }

    /// <summary>
    /// One spelling of an address: without spaces around it, in lower case (as every mail host reads it), the host in ASCII.
    /// </summary>
    public static string Normal(string address)
    {
        address = address.Trim().ToLowerInvariant();
        var host = address.LastIndexOf('@') + 1;
        if (host == 0 || Ascii.IsValid(address.AsSpan(host)))
            return address.TrimEnd('.');
        try
        {
            return address[..host] + Idn.GetAscii(address[host..].TrimEnd('.'));
        }
        catch (ArgumentException)
        {
            return address; // No host that could get a message.
        }
    }
}

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
    const int Bytes = 16;

    static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "addresses"u8.ToArray());

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

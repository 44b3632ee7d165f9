using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;

namespace Personalization.Mail;

/// <summary>The private key that messages are signed with, and the algorithm that goes with it.</summary>
public sealed record DkimKey(AsymmetricKeyParameter Key, DkimSignatureAlgorithm Algorithm)
{
    /// <summary>Verifiers must not accept shorter ones (RFC 8301, 3.2).</summary>
    const int MinBits = 1024;

    /// <summary>Reads a PEM file (PKCS #8, or PKCS #1 for RSA) without a passphrase, or tells what is wrong: the end of a sentence that begins with the setting's name.</summary>
    public static (DkimKey? Key, string? Problem) Read(string file)
    {
        object? read;
        try
        {
            using var reader = new StreamReader(file);
            using var pem = new PemReader(reader);
            read = pem.ReadObject();
        }
        catch (Exception error)
        {
            return (null, $"cannot be read as a private key in PEM format ({error.GetType().Name}).");
        }
        return (read is AsymmetricCipherKeyPair pair ? pair.Private : read) switch
        {
            RsaKeyParameters { IsPrivate: true } rsa when rsa.Modulus.BitLength < MinBits => (
                null,
                $"holds an RSA key of {rsa.Modulus.BitLength} bits; it must have at least {MinBits}."
            ),
            RsaKeyParameters { IsPrivate: true } rsa => (new(rsa, DkimSignatureAlgorithm.RsaSha256), null),
            Ed25519PrivateKeyParameters ed25519 => (new(ed25519, DkimSignatureAlgorithm.Ed25519Sha256), null),
            _ => (null, "holds no private key of RSA or Ed25519."),
        };
    }
}

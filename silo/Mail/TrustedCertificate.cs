using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Personalization.Mail;

/// <summary>
/// A mail server's certificate that the system's authorities do not vouch for: known by its own fingerprint, or by the
/// authorities in a file, whose certificates must then bear the host's name and be in date.
/// </summary>
public sealed class TrustedCertificate
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280, 4.2.1.12

    readonly byte[]? _fingerprint;
    readonly X509Certificate2Collection _authorities;

    TrustedCertificate(byte[]? fingerprint, X509Certificate2Collection authorities) =>
        (_fingerprint, _authorities) = (fingerprint, authorities);

    /// <summary>
    /// A SHA-256 fingerprint (64 hexadecimal digits, colons allowed) or the path of a PEM file; otherwise what is wrong with it, the end of a
    /// sentence that begins with the setting's name.
    /// </summary>
    public static (TrustedCertificate? Certificate, string? Problem) Read(string setting)
    {
        var digits = setting.Replace(":", "");
        if (digits.Length == 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigit))
            return (new(Convert.FromHexString(digits), []), null);
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(setting);
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return (null, $"is neither a SHA-256 fingerprint nor a readable PEM file ({error.GetType().Name}).");
        }
        return authorities.Count == 0
            ? (null, "names a file that holds no certificate in PEM format.")
            : (new(null, authorities), null);
    }

    /// <summary>Whether to go on with this server.</summary>
    public bool Accepts(object? sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return false;
        if (_fingerprint is not null)
            return _fingerprint.AsSpan().SequenceEqual(SHA256.HashData(certificate.GetRawCertData()));
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // Authorities of one's own seldom publish lists.
        own.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (chain is not null)
            foreach (var element in chain.ChainElements)
                own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return own.Build(server);
    }
}

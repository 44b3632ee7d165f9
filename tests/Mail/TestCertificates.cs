using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Personalization.Tests.Mail;

/// <summary>Certificates of the tests' own, made for each run.</summary>
static class TestCertificates
{
    /// <summary>For a server at 127.0.0.1, or of the name given; signed by itself.</summary>
    public static X509Certificate2 SelfSigned(string? name = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return WithKey(Server(key, name).CreateSelfSigned(From, Until), null);
    }

    /// <summary>An authority, and a server's certificate that it signed.</summary>
    public static (X509Certificate2 Authority, X509Certificate2 Server) Signed(string? name = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of the tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(From, Until);
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = Server(serverKey, name).Create(authority, From, Until, RandomNumberGenerator.GetBytes(8));
        return (X509CertificateLoader.LoadCertificate(authority.RawData), WithKey(server, serverKey));
    }

    public static string Fingerprint(this X509Certificate2 certificate) =>
        certificate.GetCertHashString(HashAlgorithmName.SHA256);

    static DateTimeOffset From => DateTimeOffset.UtcNow.AddDays(-1);
    static DateTimeOffset Until => DateTimeOffset.UtcNow.AddDays(1);

    static CertificateRequest Server(ECDsa key, string? name)
    {
        var request = new CertificateRequest("CN=A mail server of the tests", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
            names.AddIpAddress(IPAddress.Loopback);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>Servers on some systems take a key only from a PKCS #12 bundle.</summary>
    static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa? key)
    {
        using var whole = key is null ? certificate : certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}

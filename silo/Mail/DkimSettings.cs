namespace Personalization.Mail;

/// <summary>
/// Who signs letters (RFC 6376), section <c>Mail:Dkim</c>. The public key is published at SELECTOR._domainkey.DOMAIN.
/// </summary>
public sealed record DkimSettings
{
    /// <summary>The domain that answers for the letters; that of <c>Mail:From</c>, or one above it (RFC 7489).</summary>
    public required string Domain { get; init; }

    public required string Selector { get; init; }

    /// <summary>The private key in PEM format: RSA of 1024 bits or more (RFC 8301), or Ed25519 (RFC 8463).</summary>
    public required string KeyFile { get; init; }

    /// <summary>What is wrong with it, one sentence each, beginning with the setting's name. Reads the key.</summary>
    public IEnumerable<string> Problems()
    {
        if (!IsName(Domain) || !Domain.Contains('.'))
            yield return "Mail:Dkim:Domain must be a domain, such as shop.example.";
        if (!IsName(Selector))
            yield return "Mail:Dkim:Selector must be a word of letters, digits and hyphens, such as mail2026.";
        if (DkimKey.Read(KeyFile).Problem is { } problem)
            yield return problem;
    }

    /// <summary>Labels of letters, digits and hyphens, with dots between them (RFC 1035, 2.3.1).</summary>
    static bool IsName(string text) =>
        text.Length is > 0 and <= 253
        && text.Split('.')
            .All(label =>
                label.Length is > 0 and <= 63
                && label[0] != '-'
                && label[^1] != '-'
                && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
            );
}

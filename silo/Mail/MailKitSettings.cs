using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>How the connection to the mail server is encrypted.</summary>
public enum MailSecurity : byte
{
    /// <summary>Begins in the clear and must turn to TLS (RFC 3207), or nothing is sent.</summary>
    StartTls,

    /// <summary>TLS from the first byte (RFC 8314).</summary>
    Implicit,

    /// <summary>In the clear, passwords too.</summary>
    None,
}

/// <summary>Sections <c>Mail:Smtp</c> and <c>Mail:Dkim</c>.</summary>
public sealed record MailKitSettings : MailServerSettings
{
    static readonly string[] SmtpNames =
    [
        "Host",
        "Port",
        "Security",
        "User",
        "Password",
        "Timeout",
        "Connections",
        "Idle",
        "Certificate",
    ];
    static readonly string[] DkimNames = ["Domain", "Selector", "KeyFile"];

    /// <summary>The default is STARTTLS.</summary>
    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>How many connections may be open at once; they are kept and used again. The default is 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>A connection that was not needed for so long is closed. The default is 1 minute.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// What the server's certificate is held against instead of the system's authorities: its SHA-256 fingerprint, or a PEM
    /// file of authorities. Null: the system's.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>Who signs; null: letters leave unsigned.</summary>
    public DkimSettings? Dkim { get; init; }

    /// <summary>Reads the sections <c>Mail:Smtp</c> and <c>Mail:Dkim</c>; null where neither exists.</summary>
    /// <exception cref="ArgumentException">Settings make no sense, or their files are of no use; it names each.</exception>
    /// <exception cref="InvalidOperationException">A value is of the wrong kind; the message names the setting.</exception>
    public static MailKitSettings? Read(IConfiguration configuration)
    {
        var (smtp, dkim) = (configuration.GetSection("Mail:Smtp"), configuration.GetSection("Mail:Dkim"));
        if (!smtp.Exists() && !dkim.Exists())
            return null;
        var security = smtp.GetValue("Security", MailSecurity.StartTls);
        var settings = new MailKitSettings
        {
            Host = smtp["Host"] ?? "",
            Security = security,
            Port = smtp.GetValue("Port", security == MailSecurity.Implicit ? 465 : 587),
            User = smtp["User"],
            Password = smtp["Password"],
            Timeout = smtp.GetValue("Timeout", TimeSpan.FromMinutes(1)),
            Connections = smtp.GetValue("Connections", 4),
            Idle = smtp.GetValue("Idle", TimeSpan.FromMinutes(1)),
            Certificate = smtp["Certificate"],
            Dkim = dkim.Exists()
                ? new()
                {
                    Domain = dkim["Domain"] ?? "",
                    Selector = dkim["Selector"] ?? "",
                    KeyFile = dkim["KeyFile"] ?? "",
                }
                : null,
        };
        List<string> problems = [.. Unknown(smtp, SmtpNames), .. Unknown(dkim, DkimNames), .. settings.Problems()];
        return problems.Count > 0 ? throw new ArgumentException(string.Join(Environment.NewLine, problems)) : settings;
    }

    /// <summary>Also tries whether the files that it names can be used.</summary>
    public override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (!Enum.IsDefined(Security))
            yield return "Mail:Smtp:Security must be StartTls, Implicit or None.";
        if (Connections is < 1 or > 100)
            yield return "Mail:Smtp:Connections must be between 1 and 100.";
        if (Idle <= TimeSpan.Zero || Idle > TimeSpan.FromHours(1))
            yield return "Mail:Smtp:Idle must be longer than nothing and at most an hour.";
        if (Certificate is not null && Security == MailSecurity.None)
            yield return "Mail:Smtp:Certificate has no meaning where Mail:Smtp:Security is None.";
        if (Certificate is not null && TrustedCertificate.Read(Certificate).Problem is { } certificate)
            yield return certificate;
        if (Dkim is null)
            yield break;
        foreach (var problem in Dkim.Problems())
            yield return problem;
    }

    /// <summary>A name that is misspelt, or that the other edition alone knows, would otherwise be passed over.</summary>
    static IEnumerable<string> Unknown(IConfigurationSection section, string[] names) =>
        from setting in section.GetChildren()
        where !names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)
        select $"{setting.Path} is no setting of the cluster edition; it knows {string.Join(", ", names)}.";
}

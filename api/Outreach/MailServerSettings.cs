namespace Personalization.Outreach;

/// <summary>The mail server to send through: what every transport must know of it, section <c>Mail:Smtp</c>.</summary>
public abstract record MailServerSettings
{
    public required string Host { get; init; }

    /// <summary>The default is 587, the submission port (RFC 6409).</summary>
    public int Port { get; init; } = 587;

    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>How long one letter may take. The default is 1 minute.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What is wrong with it, one sentence each, beginning with the setting's name.</summary>
    public virtual IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Host))
            yield return "Mail:Smtp:Host is missing.";
        if (Port is < 1 or > 65535)
            yield return "Mail:Smtp:Port must be between 1 and 65535.";
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1))
            yield return "Mail:Smtp:Timeout must be longer than nothing and at most an hour.";
        if (User is null != Password is null)
            yield return "Mail:Smtp:User and Mail:Smtp:Password belong together.";
    }

    /// <summary>The password stays out of logs.</summary>
    public sealed override string ToString() => $"{Host}:{Port}";
}

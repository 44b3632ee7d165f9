namespace Personalization.Outreach;

/// <summary>What a decision about a person rests on, as it is at the moment of deciding.</summary>
public sealed record Situation
{
    /// <summary>Where a message would go: the address on the playbook's channel, or null.</summary>
    public required string? Address { get; init; }
    public required ConsentLedger Consent { get; init; }
    public required MessageLedger Ledger { get; init; }
    public required Suppression Suppression { get; init; }
    public required OutreachPolicy Policy { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long Now { get; init; }

    /// <summary>What is known of the address itself; null where it was not asked yet: it will be, before anything leaves.</summary>
    public Mailbox? Mailbox { get; init; }

    /// <summary>
    /// Whether the shop's server or an import gave the address. One that only a browser named could be anybody's, so it must have
    /// agreed itself.
    /// </summary>
    public bool IsAddressTold { get; init; } = true;

    /// <summary>The person's IANA time zone, or null: then the shop's is taken.</summary>
    public string? TimeZone { get; init; }
}

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

    /// <summary>The person's IANA time zone, or null: then the shop's is taken.</summary>
    public string? TimeZone { get; init; }
}

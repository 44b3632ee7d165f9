using System.ComponentModel.DataAnnotations;

namespace Personalization.Outreach;

/// <summary>The shop's rules for writing to people: its playbooks, and what holds for all of them.</summary>
public record OutreachPolicy : IValidatableObject
{
    /// <summary>An abandoned cart after an hour, and a churn warning, by default.</summary>
    public IReadOnlyList<Playbook> Playbooks { get; init; } =
    [
        new()
        {
            Id = "abandoned-cart",
            Trigger = PlaybookTrigger.CartLeft,
            Topic = "reminders",
        },
        new()
        {
            Id = "churn-warning",
            Trigger = PlaybookTrigger.ChurnWarning,
            Topic = "win-back",
            Delay = TimeSpan.Zero,
            Expiry = TimeSpan.FromDays(14),
            Cap = new(1, TimeSpan.FromDays(30)),
        },
    ];

    /// <summary>Marketing messages of all playbooks and channels together, per person. The default is three in 30 days.</summary>
    public Cap OverallCap { get; init; } = new(3, TimeSpan.FromDays(30));

    /// <summary>Hours in which nothing is sent. The default is 21:00 to 08:00 on the customer's clock.</summary>
    public QuietHours QuietHours { get; init; } = QuietHours.Default;

    /// <summary>IANA name of the shop's time zone, taken where a customer's is unknown. The default is UTC.</summary>
    public string TimeZone { get; init; } = "Etc/UTC";

    /// <summary>
    /// How long a message that lost to a more valuable one waits before it is weighed again. The default is 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Pause { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How an address that a stranger named is asked to agree.</summary>
    public OptInPolicy OptIn { get; init; } = new();

    public static OutreachPolicy Default { get; } = new();

    /// <summary>The playbook of this id, or null.</summary>
    public Playbook? Find(string id)
    {
        foreach (var playbook in Playbooks)
            if (playbook.Id == id)
                return playbook;
        return null;
    }

    /// <summary>Whether a playbook's messages count against the overall cap; one that is no longer in the policy does.</summary>
    internal bool CountsOverall(uint key)
    {
        foreach (var playbook in Playbooks)
            if (MessageLedger.PlaybookKey(playbook.Id) == key)
                return playbook.Marketing;
        return key != OptInKey;
    }

    static readonly uint OptInKey = MessageLedger.PlaybookKey(OptInPolicy.Playbook);

    /// <summary>The topic a subscription asks for, as the shop knows it; all topics for one that it does not know.</summary>
    public string KnownTopic(string topic)
    {
        foreach (var playbook in Playbooks)
            if (playbook.Topic.Equals(topic, StringComparison.OrdinalIgnoreCase))
                return playbook.Topic;
        foreach (var known in OptIn.Topics)
            if (known.Equals(topic, StringComparison.OrdinalIgnoreCase))
                return known;
        return ConsentLedger.AllTopics;
    }

    /// <summary>The ledger knows a playbook by a short key of its id; two ids may share one.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return new($"is \"{TimeZone}\", which is no IANA time zone known on this machine.", [nameof(TimeZone)]);
        if (Playbooks.Any(playbook => playbook.Id == OptInPolicy.Playbook))
            yield return new(
                $"{OptInPolicy.Playbook} is the name of the messages that ask for a confirmation; choose another id.",
                [nameof(Playbooks)]
            );
        foreach (
            var same in Playbooks.GroupBy(playbook => MessageLedger.PlaybookKey(playbook.Id)).Where(same => same.Count() > 1)
        )
            yield return new(
                $"{string.Join(" and ", same.Select(playbook => playbook.Id))} look alike to the ledger; choose other ids.",
                [nameof(Playbooks)]
            );
    }
}

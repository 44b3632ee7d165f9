namespace Personalization.Outreach;

/// <summary>The shop's rules for writing to people: its playbooks, and what holds for all of them.</summary>
public sealed record OutreachPolicy
{
    /// <summary>Longest period a cap may look back, so that a customer's ledger stays small.</summary>
    public static readonly TimeSpan MaxCap = TimeSpan.FromDays(365);

    public IReadOnlyList<Playbook> Playbooks { get; init; } = [];

    /// <summary>Marketing messages of all playbooks and channels together, per person. The default is three in 30 days.</summary>
    public Cap OverallCap { get; init; } = new(3, TimeSpan.FromDays(30));

    /// <summary>Hours in which nothing is sent. The default is 21:00 to 08:00 on the customer's clock.</summary>
    public QuietHours QuietHours { get; init; } = QuietHours.Default;

    /// <summary>IANA name of the shop's time zone, taken where a customer's is unknown. The default is UTC.</summary>
    public string TimeZone { get; init; } = "Etc/UTC";

    /// <summary>
    /// How long a message that lost to a more valuable one waits before it is weighed again. The default is 1 day.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromDays(1);

    /// <summary>An abandoned cart after an hour, and a churn warning.</summary>
    public static OutreachPolicy Default { get; } =
        new()
        {
            Playbooks =
            [
                new()
                {
                    Id = "abandoned-cart",
                    Trigger = PlaybookTrigger.CartLeft,
                    Topic = "reminders",
                    Template = "abandoned-cart",
                },
                new()
                {
                    Id = "churn-warning",
                    Trigger = PlaybookTrigger.ChurnWarning,
                    Topic = "win-back",
                    Template = "churn-warning",
                    Delay = TimeSpan.Zero,
                    Expiry = TimeSpan.FromDays(14),
                    Cap = new(1, TimeSpan.FromDays(30)),
                },
            ],
        };

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
        return true;
    }

    /// <summary>
    /// Throws <see cref="ArgumentException"/> naming every setting that makes no sense, and returns the policy otherwise.
    /// </summary>
    public OutreachPolicy Validated()
    {
        var problems = Problems().ToList();
        return problems.Count == 0 ? this : throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>What is wrong with it, one sentence each, beginning with the setting's name.</summary>
    public IEnumerable<string> Problems()
    {
        if (CapProblem(OverallCap) is { } wrong)
            yield return $"Outreach:OverallCap {wrong}";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
            yield return $"Outreach:TimeZone is \"{TimeZone}\", which is no IANA time zone known on this machine.";
        if (Pause < TimeSpan.Zero)
            yield return "Outreach:Pause must not be negative.";
        var ids = new HashSet<string>();
        var keys = new HashSet<uint>();
        foreach (var playbook in Playbooks)
        {
            foreach (var problem in ProblemsOf(playbook))
                yield return $"Outreach:Playbooks:{playbook.Id}{problem}";
            if (!ids.Add(playbook.Id))
                yield return $"Outreach:Playbooks:{playbook.Id} is taken by another playbook.";
            else if (!keys.Add(MessageLedger.PlaybookKey(playbook.Id)))
                yield return $"Outreach:Playbooks:{playbook.Id} looks like another playbook's id to the ledger; choose another.";
        }
    }

    static IEnumerable<string> ProblemsOf(Playbook playbook)
    {
        if (!IsName(playbook.Id))
            yield return " is a name that must be lower-case letters, digits and hyphens.";
        if (!IsName(playbook.Template))
            yield return ":Template must be lower-case letters, digits and hyphens.";
        if (!IsName(playbook.Channel))
            yield return ":Channel must be lower-case letters, digits and hyphens.";
        if (!IsName(playbook.Topic))
            yield return ":Topic must be lower-case letters, digits and hyphens.";
        if (!Enum.IsDefined(playbook.Trigger))
            yield return ":Trigger must be CartLeft or ChurnWarning.";
        if (playbook.Delay < TimeSpan.Zero)
            yield return ":Delay must not be negative.";
        if (playbook.Expiry <= playbook.Delay)
            yield return ":Expiry must be longer than Delay.";
        if (CapProblem(playbook.Cap) is { } wrong)
            yield return $":Cap {wrong}";
        if (playbook.Holdout is not (>= 0 and <= 1))
            yield return ":Holdout must be between 0 and 1.";
    }

    static string? CapProblem(Cap cap) =>
        cap.Messages is < 0 or > MessageLedger.Capacity / 2 ? $"must allow between 0 and {MessageLedger.Capacity / 2} messages."
        : cap.Within <= TimeSpan.Zero || cap.Within > MaxCap
            ? $"must look back more than nothing and at most {MaxCap.TotalDays:0} days."
        : null;

    static bool IsName(string? text) =>
        text is { Length: > 0 and <= 64 } && text.AsSpan().IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-") < 0;
}

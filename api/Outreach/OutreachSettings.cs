namespace Personalization.Outreach;

/// <summary>
/// Reads the shop's outreach policy from configuration, section <c>Outreach</c>. What is not set keeps its default; a
/// playbook is addressed by its id (<c>Outreach:Playbooks:abandoned-cart:Delay</c>), and an id that is not built in adds one.
/// </summary>
public static class OutreachSettings
{
    /// <exception cref="ArgumentException">Settings make no sense; the message names each.</exception>
    /// <exception cref="InvalidOperationException">A value is of the wrong kind; the message names the setting.</exception>
    public static OutreachPolicy Read(IConfigurationSection section)
    {
        var policy = OutreachPolicy.Default;
        var read = (
            policy with
            {
                Playbooks = Playbooks(section.GetSection("Playbooks"), policy.Playbooks),
                OverallCap = CapOf(section.GetSection("OverallCap"), policy.OverallCap),
                QuietHours = new(
                    section.GetValue("QuietHours:From", policy.QuietHours.From),
                    section.GetValue("QuietHours:Until", policy.QuietHours.Until)
                ),
                TimeZone = section.GetValue("TimeZone", policy.TimeZone)!,
                Pause = section.GetValue("Pause", policy.Pause),
            }
        ).Validated();
        return read.Playbooks.FirstOrDefault(playbook => playbook.Channel != "email") is { } other
            ? throw new ArgumentException(
                $"Outreach:Playbooks:{other.Id}:Channel is \"{other.Channel}\"; letters are sent by \"email\" only."
            )
            : read;
    }

    static List<Playbook> Playbooks(IConfigurationSection section, IReadOnlyList<Playbook> builtIn)
    {
        var playbooks = builtIn.Select(playbook => Changed(section.GetSection(playbook.Id), playbook)).ToList();
        foreach (var added in section.GetChildren())
            if (!builtIn.Any(playbook => playbook.Id.Equals(added.Key, StringComparison.OrdinalIgnoreCase)))
                playbooks.Add(
                    Changed(
                        added,
                        new()
                        {
                            Id = added.Key,
                            Trigger = 0,
                            Topic = "",
                            Template = added.Key,
                        }
                    )
                );
        return playbooks;
    }

    static Playbook Changed(IConfigurationSection section, Playbook playbook) =>
        playbook with
        {
            Trigger = section.GetValue("Trigger", playbook.Trigger),
            Delay = section.GetValue("Delay", playbook.Delay),
            Expiry = section.GetValue("Expiry", playbook.Expiry),
            Channel = section.GetValue("Channel", playbook.Channel)!,
            Topic = section.GetValue("Topic", playbook.Topic)!,
            Marketing = section.GetValue("Marketing", playbook.Marketing),
            Cap = CapOf(section.GetSection("Cap"), playbook.Cap),
            Template = section.GetValue("Template", playbook.Template)!,
            Holdout = section.GetValue("Holdout", playbook.Holdout),
            Enabled = section.GetValue("Enabled", playbook.Enabled),
        };

    static Cap CapOf(IConfigurationSection section, Cap cap) =>
        new(section.GetValue("Messages", cap.Messages), section.GetValue("Within", cap.Within));
}

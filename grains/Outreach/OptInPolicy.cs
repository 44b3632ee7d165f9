using System.ComponentModel.DataAnnotations;

namespace Personalization.Outreach;

/// <summary>
/// Double opt-in, section <c>Outreach:OptIn</c>: a subscription that only the public key claimed is asked about at its address,
/// and counts once it is confirmed there.
/// </summary>
public sealed record OptInPolicy : IValidatableObject
{
    /// <summary>Name, in the journal and the outbox, of the messages that ask; no playbook has it.</summary>
    public const string Playbook = "opt-in";

    /// <summary>False: nobody is asked, and what the public key claims grants nothing. The default is true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Topics besides those of the playbooks, <c>newsletter</c> by default. A subscription to a topic that stands nowhere is asked
    /// about as one to all messages.
    /// </summary>
    public IReadOnlyList<string> Topics { get; init; } = ["newsletter"];

    /// <summary>How long a confirmation is taken. The default is 7 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")]
    public TimeSpan ValidFor { get; init; } = TimeSpan.FromDays(7);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (
            Topics.Any(topic =>
                topic.Length is 0 or > 64 || topic.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            )
        )
            yield return new("must be lower-case letters, digits and hyphens, at most 64 each.", [nameof(Topics)]);
    }
}

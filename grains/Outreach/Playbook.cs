using System.ComponentModel.DataAnnotations;

namespace Personalization.Outreach;

/// <summary>What sets a playbook off.</summary>
public enum PlaybookTrigger : byte
{
    /// <summary>A cart with something in it, not touched for the playbook's delay, and no order.</summary>
    CartLeft = 1,

    /// <summary>A churn warning was raised.</summary>
    ChurnWarning = 2,
}

/// <summary>At most so many messages in any period of this length.</summary>
/// <param name="Within">At most a year, so that a customer's ledger stays small.</param>
public readonly record struct Cap(
    [property: Range(0, MessageLedger.Capacity / 2)] int Messages,
    [property: Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")] TimeSpan Within
)
{
    public long WithinMilliseconds => (long)Within.TotalMilliseconds;
}

/// <summary>
/// A rule that turns an occasion into a message: the same for everybody, a value that configuration can change.
/// </summary>
public sealed record Playbook : IValidatableObject
{
    const string Name = "[a-z0-9-]{1,64}",
        NameProblem = "{0} must be lower-case letters, digits and hyphens.";

    /// <summary>
    /// The playbook's name in the journal and in message ids, for instance "abandoned-cart". Never reused for something else.
    /// </summary>
    [Key, RegularExpression(Name, ErrorMessage = NameProblem)]
    public required string Id { get; init; }

    public required PlaybookTrigger Trigger { get; init; }

    /// <summary>
    /// How long after its occasion (the last touch of a cart, the raising of a warning) a message may go. The default is 1
    /// hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Delay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long after its occasion a message is of no use any more. The default is 3 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(3);

    /// <summary>The default, email, is the only one that messages leave by.</summary>
    [AllowedValues("email", ErrorMessage = "{0} must be email, the only channel there is.")]
    public string Channel { get; init; } = "email";

    /// <summary>The consent it needs, for instance "reminders" or "win-back".</summary>
    [Required(ErrorMessage = "{0} is missing."), RegularExpression(Name, ErrorMessage = NameProblem)]
    public required string Topic { get; init; }

    /// <summary>Whether it counts against the overall cap. The default is true.</summary>
    public bool Marketing { get; init; } = true;

    /// <summary>How often the same person may get this content. The default is one in 14 days.</summary>
    public Cap Cap { get; init; } = new(1, TimeSpan.FromDays(14));

    /// <summary>Name of the template. The default is the playbook's id.</summary>
    [RegularExpression(Name, ErrorMessage = NameProblem)]
    public string Template
    {
        get => field ?? Id;
        init;
    }

    /// <summary>Share (0 to 1) of customers that never get it, so that its effect can be measured. The default is 0.</summary>
    [Range(0.0, 1)]
    public double Holdout { get; init; }

    public bool Enabled { get; init; } = true;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Expiry <= Delay)
            yield return new($"is {Expiry}; it must be longer than Delay, {Delay}.", [nameof(Expiry)]);
    }

    /// <summary>Whether this customer belongs to the playbook's control group: for good, by a hash of both.</summary>
    public bool HoldsOut(long customer) => Holdout > 0 && Hash.Share(customer, Id) < Holdout;

    /// <summary>The wish to send this customer a message about an occasion at a time (Unix milliseconds).</summary>
    /// <param name="occasion">What it is about: a warning's id, the cart's beginning.</param>
    /// <param name="value">
    /// Expected worth of sending, ten-thousandths of the base currency; intents of one person compete by it.
    /// </param>
    public Intent IntentFor(long customer, string occasion, long at, long value) =>
        new()
        {
            Playbook = this,
            Occasion = occasion,
            Message = MessageId.For(customer, Id, occasion),
            Value = value,
            Due = at + (long)Delay.TotalMilliseconds,
            Expires = at + (long)Expiry.TotalMilliseconds,
        };
}

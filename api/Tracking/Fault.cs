using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// What is wrong with a value and what to send instead. The field is named by whoever reads it; <paramref name="Path"/> leads
/// from there to the value, for instance <c>[1].price</c>.
/// </summary>
/// <param name="LeftOutAs">
/// Not null where such a value is left out with a warning and the event is kept: the word under which it is counted.
/// </param>
sealed record Fault(string What, string Remedy, string Path = "", string? LeftOutAs = null)
{
    public static readonly Fault NotText = new("is neither text nor a number", "Send text.");
    public static readonly Fault NotNumber = new("is not a number", "Send a number such as 39.9, or leave it out.");
    public static readonly Fault Negative = new("is negative", "Send 0 or more.", LeftOutAs: "negative");
    public static readonly Fault TooMuch = new(
        "is more than an amount can be",
        "Send at most 1,000,000,000.",
        LeftOutAs: "too-much"
    );
    public static readonly Fault TooMany = new("is more than a quantity can be", "Send at most 100,000.", LeftOutAs: "too-many");
    public static readonly Fault NotWhole = new("is not a whole number", "Send a whole number of pieces, or leave it out for 1.");
    public static readonly Fault NotStars = new("is not between 1 and 5", "Send a rating from 1 to 5.", LeftOutAs: "no-rating");
    public static readonly Fault NotCurrency = new(
        "is not a currency in use",
        "Send an ISO 4217 code such as EUR, or leave it out for the shop's own currency."
    );
    public static readonly Fault NotTime = new(
        "is not a time that can be read",
        "Send ISO 8601 in UTC, for instance 2026-03-02T09:00:00Z, or leave it out for now."
    );
    public static readonly Fault BeforeTime = new("lies before 1970", "Send the time at which it happened.");
    public static readonly Fault NotObject = new("is not an object", "Send a JSON object, or leave it out.");
    public static readonly Fault NotProduct = new("is not a product", "Send an object with product_id.");
    public static readonly Fault Nobody = new(
        "is a name that stands for nobody",
        "Send an id of one person only, or leave the field out."
    );

    public static Fault LongerThan(int characters) =>
        new($"is longer than {characters} characters", $"Send at most {characters} characters.");

    public static Fault Missing(string remedy) => new("is missing", remedy);

    /// <summary>The same fault seen from one level further out.</summary>
    public Fault Within(string path) => this with { Path = path + Path };

    public Problem In(string field) => Problem.BadField(field + Path, $"{field}{Path} {What}.", Remedy);

    /// <param name="shape">What the value looked like.</param>
    public FieldWarning WarningIn(string field, string shape = "") =>
        new(field + Path, $"{field}{Path} {What} and was left out. {Remedy}") { Kind = LeftOutAs ?? "", Shape = shape };
}

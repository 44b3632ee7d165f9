using System.Text.Json.Serialization;

namespace Personalization.Problems;

/// <summary>
/// The API's one way of saying no (RFC 9457, <c>application/problem+json</c>): what is wrong, in which field, and what to
/// do about it. Names fields and never repeats their values, since those can identify a person.
/// </summary>
public sealed record Problem
{
    /// <summary>
    /// A stable name of the kind of problem, for programs: a relative reference such as <c>/problems/bad-field</c>.
    /// </summary>
    public required string Type { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }

    /// <summary>
    /// The path of the field in the request, for instance <c>properties.products[1].price</c>; null for the whole.
    /// </summary>
    public string? Field { get; init; }

    /// <summary>What the sender can do.</summary>
    public required string Remedy { get; init; }

    /// <summary>The bad items of a list; null where the problem is not one of a list.</summary>
    public IReadOnlyList<ItemProblem>? Errors { get; init; }

    /// <summary>Seconds after which to try again; sent as the <c>Retry-After</c> header.</summary>
    [JsonIgnore]
    public int? RetryAfter { get; init; }

    /// <summary>400: a field that cannot be used.</summary>
    public static Problem BadField(string field, string what, string remedy) =>
        new()
        {
            Type = "/problems/bad-field",
            Title = "A field cannot be used",
            Status = 400,
            Detail = what,
            Field = field,
            Remedy = remedy,
        };

    /// <summary>The first of the texts that is longer than it may be, or null. What is written into the journal stays there.</summary>
    public static Problem? TooLong(params ReadOnlySpan<(string Field, string? Text, int Most)> texts)
    {
        foreach (var (field, text, most) in texts)
            if (text?.Length > most)
                return BadField(field, $"It is longer than {most} characters.", "Shorten it.");
        return null;
    }

    /// <summary>400: a body that cannot be read at all.</summary>
    public static Problem BadBody(string what, string remedy) =>
        new()
        {
            Type = "/problems/bad-body",
            Title = "The body cannot be read",
            Status = 400,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>400: a list of which items could not be used.</summary>
    public static Problem BadItems(IReadOnlyList<ItemProblem> errors) =>
        new()
        {
            Type = "/problems/bad-items",
            Title = "Some items cannot be used",
            Status = 400,
            Detail = errors.Count == 1 ? "One item cannot be used." : $"{errors.Count} items cannot be used.",
            Remedy = "Correct the items named in errors and send those again.",
            Errors = errors,
        };

    /// <summary>413: more than the server takes at once.</summary>
    public static Problem TooLarge(string what, string remedy) =>
        new()
        {
            Type = "/problems/too-large",
            Title = "Too large",
            Status = 413,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>401: no key, or one that is not valid.</summary>
    public static Problem Unauthorized(string what, string remedy) =>
        new()
        {
            Type = "/problems/unauthorized",
            Title = "Not signed in",
            Status = 401,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>403: a valid key without the right.</summary>
    public static Problem Forbidden(string what, string remedy) =>
        new()
        {
            Type = "/problems/forbidden",
            Title = "Not allowed",
            Status = 403,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>404: nothing there.</summary>
    public static Problem NotFound(string what, string remedy) =>
        new()
        {
            Type = "/problems/not-found",
            Title = "Not found",
            Status = 404,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>409: it changed meanwhile, or contradicts what is there.</summary>
    public static Problem Conflict(string what, string remedy) =>
        new()
        {
            Type = "/problems/conflict",
            Title = "Conflict",
            Status = 409,
            Detail = what,
            Remedy = remedy,
        };

    /// <summary>429: more requests than agreed; <paramref name="retryAfter"/> in seconds.</summary>
    public static Problem TooMany(string what, int retryAfter) =>
        new()
        {
            Type = "/problems/too-many",
            Title = "Too many requests",
            Status = 429,
            Detail = what,
            Remedy = $"Try again after {retryAfter} seconds.",
            RetryAfter = retryAfter,
        };

    /// <summary>503: not now; <paramref name="retryAfter"/> in seconds.</summary>
    public static Problem Unavailable(string what, int retryAfter) =>
        new()
        {
            Type = "/problems/unavailable",
            Title = "Not available now",
            Status = 503,
            Detail = what,
            Remedy = $"Try again after {retryAfter} seconds.",
            RetryAfter = retryAfter,
        };
}

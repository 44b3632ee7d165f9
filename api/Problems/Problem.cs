using System.Globalization;
using System.Text.Json.Serialization;
using Personalization.Hosting;

namespace Personalization.Problems;

/// <summary>
/// The API's one way of saying no (RFC 9457, <c>application/problem+json</c>): what is wrong, in which field, and what to
/// do about it. Names fields and never repeats their values, since those can identify a person.
/// </summary>
/// <param name="Type">A stable name of the kind of problem, for programs: a relative reference such as <c>/problems/bad-field</c>.</param>
/// <param name="Remedy">What the sender can do.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Remedy) : IResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>The path of the field in the request, for instance <c>properties.products[1].price</c>; null for the whole.</summary>
    public string? Field { get; init; }

    /// <summary>The bad items of a list; null where the problem is not one of a list.</summary>
    public IReadOnlyList<ItemProblem>? Errors { get; init; }

    /// <summary>Seconds after which to try again; sent as the <c>Retry-After</c> header.</summary>
    [JsonIgnore]
    public int? RetryAfter { get; init; }

    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        if (RetryAfter is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(this, ApiJson.Default.Problem, ContentType, http.RequestAborted);
    }

    /// <summary>400: a field that cannot be used.</summary>
    public static Problem BadField(string field, string what, string remedy) =>
        new("/problems/bad-field", "A field cannot be used", 400, what, remedy) { Field = field };

    /// <summary>The first of the texts that is longer than it may be, or null. What is written into the journal stays there.</summary>
    public static Problem? TooLong(params ReadOnlySpan<(string Field, string? Text, int Max)> texts)
    {
        foreach (var (field, text, max) in texts)
            if (text?.Length > max)
                return BadField(field, $"{field} is longer than {max} characters.", "Shorten it.");
        return null;
    }

    /// <summary>The problem of a number of rows that is not between 1 and <paramref name="max"/>, or null.</summary>
    public static Problem? BadLimit(int limit, int max) =>
        limit >= 1 && limit <= max
            ? null
            : BadField("limit", $"limit is not between 1 and {max}.", $"Send a limit from 1 to {max}.");

    /// <summary>400: a next= that no list answered with.</summary>
    public static readonly Problem BadPlace = BadField(
        "next",
        "next is not a place in this list.",
        "Send the next of the previous answer unchanged."
    );

    /// <summary>400: a body that cannot be read at all.</summary>
    public static Problem BadBody(string what, string remedy) =>
        new("/problems/bad-body", "The body cannot be read", 400, what, remedy);

    /// <summary>400: a list of which items could not be used.</summary>
    public static Problem BadItems(IReadOnlyList<ItemProblem> errors) =>
        new(
            "/problems/bad-items",
            "Some items cannot be used",
            400,
            errors.Count == 1 ? "One item cannot be used." : $"{errors.Count} items cannot be used.",
            "Correct the items named in errors and send those again."
        )
        {
            Errors = errors,
        };

    /// <summary>401: no key, or one that is not valid.</summary>
    public static Problem Unauthorized(string what, string remedy) =>
        new("/problems/unauthorized", "Unauthorized", 401, what, remedy);

    /// <summary>403: a valid key without the right.</summary>
    public static Problem Forbidden(string what, string remedy) => new("/problems/forbidden", "Forbidden", 403, what, remedy);

    /// <summary>404: nothing there.</summary>
    public static Problem NotFound(string what, string remedy) => new("/problems/not-found", "Not found", 404, what, remedy);

    /// <summary>409: it changed meanwhile, or contradicts what is there.</summary>
    public static Problem Conflict(string what, string remedy) => new("/problems/conflict", "Conflict", 409, what, remedy);

    /// <summary>413: more than the server takes at once.</summary>
    public static Problem TooLarge(string what, string remedy) => new("/problems/too-large", "Too large", 413, what, remedy);

    /// <summary>408: the body did not come in time.</summary>
    public static Problem TooSlow(string what, string remedy) => new("/problems/too-slow", "Too slow", 408, what, remedy);

    /// <summary>429: more than may be sent; <paramref name="retryAfter"/> in seconds.</summary>
    public static Problem TooMany(string what, int retryAfter) =>
        new("/problems/too-many", "Too many calls", 429, what, $"Try again after {retryAfter} seconds.")
        {
            RetryAfter = retryAfter,
        };

    /// <summary>503: not now; <paramref name="retryAfter"/> in seconds.</summary>
    public static Problem Unavailable(string what, int retryAfter) =>
        new("/problems/unavailable", "Not available now", 503, what, $"Try again after {retryAfter} seconds.")
        {
            RetryAfter = retryAfter,
        };
}

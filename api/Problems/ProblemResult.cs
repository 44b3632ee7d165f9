using System.Globalization;
using System.Text.Json;

namespace Personalization.Problems;

/// <summary>A <see cref="Problem"/> as the answer to a request.</summary>
public sealed class ProblemResult(Problem problem) : IResult
{
    public const string ContentType = "application/problem+json";

    public Problem Problem => problem;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        if (problem.RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (problem.Status == 401)
            response.Headers.WWWAuthenticate = "Basic";
        return JsonSerializer.SerializeAsync(response.Body, problem, ProblemJson.Default.Problem, httpContext.RequestAborted);
    }
}

public static class ProblemResults
{
    /// <summary>The problem as an ASP.NET result, with its status, content type and Retry-After.</summary>
    public static IResult ToResult(this Problem problem) => new ProblemResult(problem);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Personalization.Customers;
using Personalization.Health;
using Personalization.Hosting;
using Personalization.Journal;

namespace Personalization.Problems;

/// <summary>Every error of the API is problem+json: unexpected ones too, without their inner messages.</summary>
public static partial class ProblemHandling
{
    /// <summary>A parameter or body that cannot be bound is thrown, as a bare status does not say which one it was.</summary>
    public static void AddProblems(this IServiceCollection services) =>
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

    public static void UseProblems(this WebApplication app)
    {
        var watch = app.Services.GetRequiredService<StoreWatch>();
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = http =>
                {
                    http.Response.AddProtectiveHeaders();
                    return Answer(http.Features.Get<IExceptionHandlerFeature>(), watch, app.Logger).ExecuteAsync(http);
                },
                // What is worth a line is logged here; the framework's own would repeat values that were sent.
                SuppressDiagnosticsCallback = _ => true,
            }
        );
        app.UseStatusCodePages(context => Blank(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
    }

    /// <summary>Describes the statuses by which the endpoints refuse a call.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoints, params ReadOnlySpan<int> statuses)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
            endpoints.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), [Problem.ContentType]));
        return endpoints;
    }

    static Problem Answer(IExceptionHandlerFeature? failed, StoreWatch watch, ILogger log)
    {
        // The pattern and not the path: a path can name a person.
        var address = (failed?.Endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "An unknown address";
        switch (failed?.Error)
        {
            case BadHttpRequestException bad:
                return Unreadable(bad);
            case { Source: { } source } when source.StartsWith("System.IO.Compression", StringComparison.Ordinal):
                return Problem.BadBody(
                    "The body is not what its Content-Encoding says.",
                    "Send it plain, or compressed as gzip, br or deflate."
                );
            case StoreUnavailableException unavailable:
                watch.Report(unavailable);
                return Problem.Unavailable("The database cannot be used now.", 1);
            case CustomerErasedException:
                return Problem.Conflict(
                    "This customer was erased meanwhile.",
                    "Send the call again; it will create a new customer."
                );
            case InvalidDataException damaged:
                Log.Unexpected(log, address, damaged);
                return new Problem(
                    "/problems/damaged",
                    "Damaged data",
                    500,
                    "Something that is kept for this call is damaged and cannot be read; it has been logged.",
                    "Nothing else is concerned. Look at GET /v1/quarantine, restore a backup where needed, then send the call again."
                );
            default:
                Log.Unexpected(log, address, failed?.Error);
                return Problem.Unavailable("An unexpected error occurred; it has been logged.", 1) with { Status = 500 };
        }
    }

    static Problem Unreadable(BadHttpRequestException bad)
    {
        if (bad.StatusCode != 400)
            return Blank(bad.StatusCode);
        if (bad.InnerException is JsonException { Path: { Length: > 2 } path })
            return Problem.BadField(
                path[2..],
                $"{path[2..]} is of the wrong type.",
                "Send it as the schema of the body in /docs says."
            );
        var parameter = Parameter().Match(bad.Message);
        if (parameter.Groups["type"].Value is "string" or "string[]")
            return Absent(parameter.Groups["name"].Value);
        return Expected(parameter.Groups["type"].Value) is var (kind, example)
            ? Wrong(parameter.Groups["name"].Value, kind, example)
            : Problem.BadBody("The body is not a JSON object.", "Send a JSON object as described in /docs.");

        static Problem Absent(string name) =>
            Problem.BadField(name, $"{name} is missing.", $"Send {name}=, followed by a value.");

        static Problem Wrong(string name, string kind, string example) =>
            Problem.BadField(name, $"{name} is missing or not {kind}.", $"Send {kind}, for example {name}={example}.");
    }

    /// <summary>How the framework names the parameter that it could not bind. The rest of its message can hold what was sent.</summary>
    [GeneratedRegex("parameter \"(?<type>[^\" ]+) (?<name>\\w+)\"")]
    private static partial Regex Parameter();

    static (string Kind, string Example)? Expected(string type) =>
        type.Replace("Nullable<", "").TrimEnd('>') switch
        {
            "int" or "long" => ("a whole number", "10"),
            "bool" => ("true or false", "true"),
            "decimal" or "double" => ("a number", "49.90"),
            "DateTimeOffset" => ("a time", "2026-03-31T09:00:00Z"),
            "Guid" => ("a UUID", "00000000-0000-0000-0000-000000000001"),
            "DateOnly" => ("a date", "2026-03-31"),
            _ => null,
        };

    static Problem Blank(int status) =>
        status switch
        {
            404 => Problem.NotFound(
                "There is nothing at this address.",
                "Compare it with the addresses at /docs; encode ids in a path with percent signs."
            ),
            405 => new(
                "/problems/method-not-allowed",
                "Method not allowed",
                405,
                "This address does not take this method.",
                "Use a method of the Allow header."
            ),
            413 => Problem.TooLarge("The body is too large.", "Send less at once."),
            415 => new(
                "/problems/unsupported-media-type",
                "Unsupported media type",
                415,
                "The body is of a type that is not taken here.",
                "Send it with Content-Type: application/json."
            ),
            _ => new(
                "/problems/bad-request",
                "Bad request",
                status,
                "The request cannot be read.",
                "Compare its headers and its length with what /docs describes for this address, and send it again."
            ),
        };

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed.")]
        public static partial void Unexpected(ILogger log, string path, Exception? cause);
    }
}

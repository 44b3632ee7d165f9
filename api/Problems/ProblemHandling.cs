using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Personalization.Customers;
using Personalization.Journal;

namespace Personalization.Problems;

/// <summary>Every error of the API is problem+json: those that nobody foresaw too, without their inner words.</summary>
public static partial class ProblemHandling
{
    /// <summary>A parameter or body that cannot be bound is thrown, as a bare status does not say which one it was.</summary>
    public static void AddProblems(this IServiceCollection services) =>
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = async http =>
                {
                    var failed = http.Features.Get<IExceptionHandlerFeature>();
                    await Answer(failed, app.Logger).ToResult().ExecuteAsync(http);
                },
                // What is worth a line is logged here; the framework's own would repeat values that were sent.
                SuppressDiagnosticsCallback = _ => true,
            }
        );
        app.UseStatusCodePages(async context =>
            await Blank(context.HttpContext.Response.StatusCode).ToResult().ExecuteAsync(context.HttpContext)
        );
    }

    static Problem Answer(IExceptionHandlerFeature? failed, ILogger log)
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
                Log.Unavailable(log, address, unavailable.Message);
                return Problem.Unavailable("The database cannot be used now.", 1);
            case CustomerErasedException:
                return Problem.Conflict("This person was erased meanwhile.", "Send the call again: it will be somebody new.");
            default:
                Log.Unforeseen(log, address, failed?.Error);
                return Problem.Unavailable("Something went wrong on our side; it has been logged.", 1) with { Status = 500 };
        }
    }

    static Problem Unreadable(BadHttpRequestException bad)
    {
        if (bad.StatusCode != 400)
            return Blank(bad.StatusCode);
        if (bad.InnerException is JsonException { Path: { Length: > 2 } path })
            return Problem.BadField(
                path[2..],
                "It is not of the kind that is wanted here.",
                "See /docs for what the body holds."
            );
        if (bad.InnerException is JsonException)
            return Problem.BadBody("The body is not a JSON object.", "Send a JSON object; see /docs for what it holds.");
        return Parameter().Match(bad.Message) is { Success: true } named
            ? Problem.BadField(
                named.Groups["name"].Value,
                $"It is missing, or no {Kind(named.Groups["type"].Value)}.",
                "See /docs for what it takes."
            )
            : Problem.BadBody("The request cannot be read.", "See /docs for what it takes.");
    }

    /// <summary>How the framework names the parameter that it could not bind. The rest of its message can hold what was sent.</summary>
    [GeneratedRegex("parameter \"(?<type>[^\" ]+) (?<name>\\w+)\"")]
    private static partial Regex Parameter();

    static string Kind(string type) =>
        type.TrimEnd('?') switch
        {
            "int" or "long" => "whole number",
            "bool" => "true or false",
            "decimal" => "number",
            _ => "value that can be read",
        };

    static Problem Blank(int status) => BlankOf(status) with { Status = status };

    static Problem BlankOf(int status) =>
        status switch
        {
            405 => Problem.BadBody("This address does not take this method.", "See the Allow header, or /docs.") with
            {
                Title = "Method not allowed",
            },
            413 => Problem.TooLarge("The body is too large.", "Send less at once."),
            415 => Problem.BadBody(
                "The body is of a kind that is not taken here.",
                "Send it with Content-Type: application/json."
            ),
            404 => Problem.NotFound("There is nothing at this address.", "See /docs for what there is."),
            401 => Problem.Unauthorized("There is no valid key.", "Send Authorization: Bearer with the secret key."),
            _ => Problem.BadBody("The request does not fit this address.", "See /docs for what it takes."),
        };

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Path}: the database cannot be used: {Why}")]
        public static partial void Unavailable(ILogger log, string path, string why);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed.")]
        public static partial void Unforeseen(ILogger log, string path, Exception? cause);
    }
}

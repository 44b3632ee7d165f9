using Microsoft.AspNetCore.Diagnostics;
using Personalization.OneProcess;
using Personalization.Storage;

namespace Personalization.Problems;

/// <summary>Every error of the API is problem+json: those that nobody foresaw too, without their inner words.</summary>
public static partial class ProblemHandling
{
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(handler => handler.Run(async http =>
        {
            var cause = http.Features.Get<IExceptionHandlerFeature>()?.Error;
            await Answer(http, cause, app.Logger).ToResult().ExecuteAsync(http);
        }));
        app.UseStatusCodePages(async context => await Blank(context.HttpContext.Response.StatusCode).ToResult().ExecuteAsync(context.HttpContext));
    }

    static Problem Answer(HttpContext http, Exception? cause, ILogger log)
    {
        switch (cause)
        {
            case BadHttpRequestException bad:
                return Problem.BadBody(bad.StatusCode == 413 ? "The body is too large." : "The request cannot be read.", "See /docs for what it takes.")
                    with { Status = bad.StatusCode };
            case StoreUnavailableException unavailable:
                Log.Unavailable(log, http.Request.Path, unavailable.Message);
                return Problem.Unavailable("The database cannot be used now.", 1);
            case CustomerErasedException:
                return Problem.Conflict("This person was erased meanwhile.", "Send the call again: it will be somebody new.");
            default:
                Log.Unforeseen(log, http.Request.Path, cause);
                return Problem.Unavailable("Something went wrong on our side; it has been logged.", 1) with { Status = 500 };
        }
    }

    static Problem Blank(int status) => status switch
    {
        404 => Problem.NotFound("There is nothing at this address.", "See /docs for what there is."),
        401 => Problem.Unauthorized("There is no valid key.", "Send Authorization: Bearer with the secret key."),
        _ => Problem.BadBody("The request does not fit this address.", "See /docs for what it takes.") with { Status = status },
    };

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Path}: the database cannot be used: {Why}")]
        public static partial void Unavailable(ILogger log, string path, string why);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed.")]
        public static partial void Unforeseen(ILogger log, string path, Exception? cause);
    }
}

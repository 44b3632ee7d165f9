using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Hosting;
using Personalization.Ingestion;
using Personalization.Keys;
using Personalization.Limits;
using Personalization.Problems;
using Personalization.Shop;
using Personalization.Tracking;

namespace Personalization.Platforms;

/// <summary>The Measurement Protocol of GA4, for tag servers and shops that send their events to it.</summary>
public static class MeasurementEndpoints
{
    /// <summary>Bytes of a request: the protocol's own bound is 130 KB.</summary>
    const int MaxBytes = 256 * 1024;

    const string Source = "ga4";

    public static void MapMeasurementProtocol(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("")
            .WithTags("Platforms")
            .RequireCors(Origins.Policy)
            .AllowAnonymous()
            .DisableRateLimiting() // it counts by itself, what is in a request too
            .TakesAnyQuery()
            .Refuses(400, 401, 403, 408, 413, 429);
        group
            .MapPost("/mp/collect", CollectAsync)
            .WithName("CollectMeasurements")
            .WithSummary(
                "Takes events of the GA4 Measurement Protocol; api_secret is the write key or the secret key. What cannot be used is left out, as the protocol has it."
            )
            .Accepts<MeasurementCall>("application/json", "*/*");
        group
            .MapPost("/debug/mp/collect", CheckAsync)
            .WithName("CheckMeasurements")
            .WithSummary("Says what of such a request could not be used, and records nothing.")
            .Accepts<MeasurementCall>("application/json", "*/*");
    }

    static async Task<Results<NoContent, Problem, ChallengeHttpResult>> CollectAsync(
        [AsParameters] MeasurementServices services,
        string? api_secret
    )
    {
        var receivedAt = services.Time.Now;
        var (problem, read, key) = await ReadAsync(services, api_secret);
        if (key == KeyKind.None)
            return TypedResults.Challenge();
        if (problem is not null)
            return problem;
        // The protocol says nothing about what it cannot read; /debug/mp/collect does.
        if (read is null)
        {
            services.Problems.CountRefused(Source, null);
            return TypedResults.NoContent();
        }
        (ClientAddress? Client, ClientAddress Network)? from = null;
        await services.Intake.TakeAsync(
            Source,
            read.Calls,
            receivedAt,
            call =>
            {
                call.Trust =
                    key == KeyKind.Secret ? Trust.Server
                    : services.Settings.TrustWriteKey ? Trust.Signed
                    : Trust.Claimed;
                if (key == KeyKind.Write)
                    (call.Client, call.Network) = from ??= services.Proxies.Note(services.Http, call);
                PrivacyLimits.Obey(services.Http, call, services.Settings);
            },
            services.Cancel
        );
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<MeasurementCheck>, Problem, ChallengeHttpResult>> CheckAsync(
        [AsParameters] MeasurementServices services,
        string? api_secret
    )
    {
        var (problem, read, key) = await ReadAsync(services, api_secret);
        if (key == KeyKind.None)
            return TypedResults.Challenge();
        if (problem is not null)
            return problem;
        if (read is null)
            return TypedResults.Ok(new MeasurementCheck([new("", "The body is not a JSON object.", "VALUE_INVALID")]));
        if (read.Calls.Count == 0)
            return TypedResults.Ok(new MeasurementCheck([new("events", "There is no event in events.", "VALUE_REQUIRED")]));
        var parsed = PlatformIntake.Parse(read.Calls, services.Time.Now);
        var left = parsed.Calls.SelectMany(call =>
            (call.Warnings ?? []).Select(one => (call.Index, Field: (string?)one.Field, one.Message))
        );
        var refused = parsed.Errors.Select(one => (one.Index, one.Field, Message: $"{one.Message} {one.Remedy}"));
        return TypedResults.Ok(
            new MeasurementCheck([
                .. refused
                    .Concat(left)
                    .Select(one => new MeasurementMessage(
                        read.Places[one.Index],
                        one.Field is null ? one.Message : $"{one.Field}: {one.Message}",
                        "VALUE_INVALID"
                    )),
            ])
        );
    }

    /// <summary>The calls of the request, null where the body is none; a problem where it was not looked at.</summary>
    static async Task<(Problem? Problem, MeasurementProtocol? Read, KeyKind Key)> ReadAsync(
        MeasurementServices services,
        string? secret
    )
    {
        var (http, keys, limits) = (services.Http, services.Keys, services.Limits);
        var key = keys.KindOf(secret);
        if (limits.Enter(http, key) is { } tooMany)
            return (await limits.HoldAsync(tooMany, services.Cancel), null, key);
        if (key == KeyKind.None)
            return (null, null, key);
        using var body = await services.Bodies.ReadAsync(http, key, MaxBytes, services.Cancel);
        if (body.Problem is { } unread)
            return (unread, null, key);
        var read = MeasurementProtocol.Read(body.Bytes);
        if (limits.ChargeMore(http, key, key, read?.Calls.Count ?? 1, body.Bytes.Length) is { } tooMuch)
            return (await limits.HoldAsync(tooMuch, services.Cancel), null, key);
        return (null, read, key);
    }

    readonly record struct MeasurementServices(
        HttpContext Http,
        PlatformIntake Intake,
        IngestionProblems Problems,
        ApiKeys Keys,
        TrackingSettings Settings,
        ShopClock Time,
        CallLimits Limits,
        RequestBodies Bodies,
        UnnamedProxies Proxies,
        CancellationToken Cancel
    );
}

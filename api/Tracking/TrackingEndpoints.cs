using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Customers;
using Personalization.Experiments;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Languages;
using Personalization.Limits;
using Personalization.Problems;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Tracking;

/// <summary>
/// The tracking calls, as Segment's clients send them: <c>/v1/track</c> and its siblings, the browser client's short paths
/// (<c>/v1/t</c> …), batches, and the settings the browser client asks for. The same calls are taken where RudderStack's and
/// Dittofeed's clients and older ones of Segment's send them (docs/platforms.md).
/// </summary>
public static class TrackingEndpoints
{
    public static void AddTracking(this IServiceCollection services, TrackingSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<RequestBodies>();
        services.AddSingleton<TrackingIntake>();
    }

    public static void MapTracking(this IEndpointRouteBuilder routes)
    {
        var all = routes
            .MapGroup("")
            .WithTags("Tracking")
            .RequireCors(Origins.Policy)
            .AllowAnonymous()
            .DisableRateLimiting() // it counts by itself, what is in a batch too
            .TakesAnyQuery()
            .Refuses(400, 401, 403, 408, 409, 413, 429);
        all.MapOtherPaths();
        var group = all.MapGroup("/v1");
        group
            .MapCall<TrackCall>(CallType.Track)
            .WithSummary(
                "Records what a customer did. With the secret key, ?include=recommendations,stage,churn,outreach answers with what it changed."
            );
        group.MapCall<IdentifyCall>(CallType.Identify).WithSummary("Says who a customer is, and their traits.");
        group.MapCall<PageCall>(CallType.Page).WithSummary("Records a page view.");
        group.MapCall<PageCall>(CallType.Screen).WithSummary("Records a screen view.");
        group.MapCall<GroupCall>(CallType.Group).WithSummary("Says what group a customer belongs to.");
        group
            .MapCall<AliasCall>(CallType.Alias)
            .WithSummary("Says that two names are one customer's. Between two user ids it needs the secret key.");
        group
            .MapPost("batch", BatchAsync)
            .WithName("Batch")
            .WithSummary("Records up to 2,500 calls. Bad items are named in the answer, the good ones are kept.")
            .Accepts<BatchCall>("application/json", "*/*");
        group.MapGet("projects/{writeKey}/settings", Settings).ExcludeFromDescription();
    }

    /// <summary>The same calls under the addresses that other clients post to.</summary>
    static void MapOtherPaths(this IEndpointRouteBuilder all)
    {
        var hidden = all.MapGroup("").ExcludeFromDescription();
        foreach (var type in Enum.GetValues<CallType>())
        {
            var word = type.ToString().ToLowerInvariant();
            // The browser client's short ones, below whatever its apiHost is set to, and Dittofeed's.
            foreach (var path in (string[])[$"/v1/{word[0]}", $"/{word[0]}", $"/api/public/apps/{word}"])
                hidden.MapPost(
                    path,
                    ([AsParameters] TrackingServices services, string? include, string? fields, string? language) =>
                        TakeAsync(type, services, include, fields, language)
                );
        }
        foreach (var path in (string[])["/v1/b", "/b", "/v1/import", "/beacon/v1/batch", "/api/public/apps/batch"])
            hidden.MapPost(path, BatchAsync);
        foreach (var path in (string[])["/v1/m", "/m"])
            hidden.MapPost(path, () => TypedResults.Ok());
        hidden.MapPost("/v1/merge", ([AsParameters] TrackingServices services) =>
            TakeAsync(CallType.Alias, services, null, null, null)
        );
        hidden.MapGet("/pixel/v1/track", ([AsParameters] TrackingServices services) => PixelAsync(CallType.Track, services));
        hidden.MapGet("/pixel/v1/page", ([AsParameters] TrackingServices services) => PixelAsync(CallType.Page, services));
        hidden.MapGet("/sourceConfig", SourceConfigOf);
    }

    static RouteHandlerBuilder MapCall<TBody>(this IEndpointRouteBuilder group, CallType type)
        where TBody : notnull =>
        group
            .MapPost(
                type.ToString().ToLowerInvariant(),
                ([AsParameters] TrackingServices services, string? include, string? fields, string? language) =>
                    TakeAsync(type, services, include, fields, language)
            )
            .WithName(type.ToString())
            .Accepts<TBody>("application/json", "*/*");

    /// <summary>A call that an image of a page makes: its query is the body, and the answer an image again.</summary>
    static async Task<IResult> PixelAsync(CallType type, TrackingServices services)
    {
        services.Http.Request.Body = new MemoryStream(PixelCall.BodyOf(services.Http.Request.Query));
        services.Http.Response.Headers.CacheControl = "no-store";
        var taken = (await TakeAsync(type, services, null, null, null)).Result;
        return taken is Ok<RecordedResponse> ? TypedResults.Bytes(PixelCall.Image, "image/gif") : taken;
    }

    static async Task<Results<Ok<RecordedResponse>, Problem, ChallengeHttpResult>> TakeAsync(
        CallType type,
        TrackingServices services,
        string? asked,
        string? fields,
        string? language
    )
    {
        var (
            http,
            intake,
            keys,
            userTokens,
            settings,
            identity,
            visitors,
            store,
            responses,
            languages,
            time,
            limits,
            bodies,
            proxies,
            problems,
            cancel
        ) = services;
        var receivedAt = time.Now;
        if (HeaderOf(http, keys) is not { } header)
            return TypedResults.Challenge();
        if (limits.Enter(http, header) is { } tooMany)
            return await limits.HoldAsync(tooMany, cancel);
        using var body = await bodies.ReadAsync(http, header, TrackingParser.MaxEventBytes, cancel);
        if (body.Problem is { } unread)
            return unread;
        var parsed = TrackingParser.Call(type, body.Bytes.Span, receivedAt);
        var key = KeyOf(header, parsed.WriteKey, keys);
        if (key == KeyKind.None)
            return TypedResults.Challenge();
        if (parsed.Problem is { } bad)
        {
            problems.CountRefused("track", bad.Field);
            return bad;
        }
        if (limits.ChargeMore(http, header, key, 1, body.Bytes.Length) is { } tooMuch)
            return await limits.HoldAsync(tooMuch, cancel);
        var call = parsed.Call!;
        if (TrustOf(call, key, http, userTokens, settings) is not { } trust)
            return BadUserToken;
        if (key == KeyKind.Write)
            (call.Client, call.Network) = proxies.Note(http, call);
        call.Trust = trust;
        if (trust == Trust.Server)
            call.KeepHistory(receivedAt);
        PrivacyLimits.Obey(http, call, settings);
        call.IsMachine = IsMachine(http, call, key);
        var include = Include.Nothing;
        if (asked is not null && IncludeOf(asked, out include) is { } unknown)
            return unknown;
        if (Presentation.Read(http, key != KeyKind.Secret, fields, language, languages, out var presentation) is { } notShown)
            return notShown;
        if (include != Include.Nothing && key != KeyKind.Secret && !await IsOwnAsync(http, call, identity, visitors, cancel))
            return NotToRead;
        if (type == CallType.Alias && await IsBetweenUsersAsync(call, store, cancel))
            return key == KeyKind.Secret ? await MergeAsync(call, identity, store, receivedAt, cancel) : NotByTracking;
        var query = include.HasFlag(Include.Recommendations)
            ? new RecommendationQuery(Placement.Home, 10)
            {
                Visitor = call.IsMachine ? null : Experiment.KeyOf(call.UserId, call.AnonymousId),
            }
            : null;
        var taken = await intake.TakeAsync(call, receivedAt, include, query, cancel);
        if (taken.BeyondDay.Length > 0)
            return Problem.TooMany("This visitor has sent too many events today.", 3600);
        problems.Count("track", call.Warnings);
        var recorded = RecordedResponse.Of(taken, responses, presentation, http.Response);
        return TypedResults.Ok(call.Warnings is null ? recorded : recorded with { Warnings = call.Warnings });
    }

    static async Task<Results<Ok<BatchResponse>, Problem, ChallengeHttpResult>> BatchAsync(
        [AsParameters] TrackingServices services
    )
    {
        var (http, intake, keys, userTokens, settings, _, _, store, _, _, time, limits, bodies, proxies, problems, cancel) =
            services;
        var receivedAt = time.Now;
        if (HeaderOf(http, keys) is not { } header)
            return TypedResults.Challenge();
        if (limits.Enter(http, header) is { } tooMany)
            return await limits.HoldAsync(tooMany, cancel);
        using var body = await bodies.ReadAsync(http, header, TrackingParser.MaxBatchBytes, cancel);
        if (body.Problem is { } unread)
            return unread;
        var parsed = TrackingParser.Batch(body.Bytes.Span, receivedAt);
        var key = KeyOf(header, parsed.WriteKey, keys);
        if (key == KeyKind.None)
            return TypedResults.Challenge();
        if (parsed.Problem is { } bad)
        {
            problems.CountRefused("batch", bad.Field);
            return bad;
        }
        if (limits.ChargeMore(http, header, key, parsed.Calls.Count + parsed.Errors.Count, body.Bytes.Length) is { } tooMuch)
            return await limits.HoldAsync(tooMuch, cancel);
        if (key == KeyKind.Write && parsed.Calls is [var first, ..])
        {
            var from = proxies.Note(http, first);
            foreach (var call in parsed.Calls)
                (call.Client, call.Network) = from;
        }
        var calls = new List<IncomingCall>(parsed.Calls.Count);
        var errors = new List<ItemProblem>(parsed.Errors);
        foreach (var call in parsed.Calls)
            if (TrustOf(call, key, http, userTokens, settings) is not { } trust)
                errors.Add(new ItemProblem(call.Index, BadUserToken.Field, BadUserToken.Detail, BadUserToken.Remedy));
            else if (call.Type == CallType.Alias && await IsBetweenUsersAsync(call, store, cancel))
                errors.Add(
                    new ItemProblem(
                        call.Index,
                        "previousId",
                        "Two user ids are not merged by a batch.",
                        "Send the alias alone, with the secret key."
                    )
                );
            else
            {
                call.Trust = trust;
                if (trust == Trust.Server)
                    call.KeepHistory(receivedAt);
                PrivacyLimits.Obey(http, call, settings);
                call.IsMachine = IsMachine(http, call, key);
                calls.Add(call);
            }
        var refused = errors.Count;
        foreach (var error in errors)
            problems.CountRefused("batch", error.Field);
        problems.Count("batch", parsed.Warnings);
        foreach (var call in calls)
            problems.Count("batch", call.Warnings);
        await intake.TakeAsync(calls, receivedAt, errors, cancel);
        errors.Sort((one, other) => one.Index.CompareTo(other.Index));
        var accepted = calls.Count - (errors.Count - refused);
        return TypedResults.Ok(new BatchResponse(errors.Count == 0, accepted, errors, WarningsOf(parsed.Warnings, calls)));
    }

    static List<ItemWarning>? WarningsOf(IReadOnlyList<FieldWarning> shared, List<IncomingCall> calls)
    {
        List<ItemWarning>? warnings =
            shared.Count > 0 ? [.. shared.Select(one => new ItemWarning(null, one.Field, one.Message))] : null;
        foreach (var call in calls)
            if (call.Warnings is { } some)
                (warnings ??= []).AddRange(some.Select(one => new ItemWarning(call.Index, one.Field, one.Message)));
        return warnings;
    }

    /// <summary>What a tracking call needs.</summary>
    readonly record struct TrackingServices(
        HttpContext Http,
        TrackingIntake Intake,
        ApiKeys Keys,
        UserTokens UserTokens,
        TrackingSettings Settings,
        IdentityResolver Identity,
        Visitors Visitors,
        IStore Store,
        RecommendationResponses Responses,
        ShopLanguages Languages,
        ShopClock Time,
        CallLimits Limits,
        RequestBodies Bodies,
        UnnamedProxies Proxies,
        IngestionProblems Problems,
        CancellationToken Cancel
    );

    /// <summary>
    /// The key in the header or the query, or the write key in the body, where the browser's client has it: so it is known only
    /// when the body has been read, and no policy of the endpoint's could decide by it.
    /// </summary>
    static KeyKind KeyOf(KeyKind header, string? inBody, ApiKeys keys) =>
        header == KeyKind.None && inBody is not null && keys.KindOf(inBody) == KeyKind.Write ? KeyKind.Write : header;

    /// <summary>
    /// The key in the header, or the write key in the query, as a beacon and an image can send no header; null where it is a
    /// wrong one, for which no body is read.
    /// </summary>
    static KeyKind? HeaderOf(HttpContext http, ApiKeys keys)
    {
        var header = http.Request.Headers.Authorization;
        var kind = keys.KindOfHeader(header);
        if (kind != KeyKind.None)
            return kind;
        if (ApiKeys.IsWrongKey(header))
            return null;
        return keys.KindOf((string?)http.Request.Query["writeKey"]) == KeyKind.Write ? KeyKind.Write : KeyKind.None;
    }

    /// <summary>Who vouches for the call. Null where it carries a user token that does not prove its user id.</summary>
    static Trust? TrustOf(IncomingCall call, KeyKind key, HttpContext http, UserTokens userTokens, TrackingSettings settings)
    {
        if (key == KeyKind.Secret)
            return Trust.Server;
        if (settings.TrustWriteKey)
            return Trust.Signed;
        if (call.UserId is not { } userId)
            return Trust.Claimed;
        var token = call.UserToken ?? (string?)http.Request.Headers[UserTokens.Header];
        if (string.IsNullOrEmpty(token))
            return Trust.Claimed;
        return userTokens.IsValid(token, userId) ? Trust.Signed : null;
    }

    static readonly Problem BadUserToken = Problem.Forbidden(
        "The user token does not prove this userId: it was made for another, has expired, ends more than 90 days ahead, or was not signed with this shop's secret.",
        "Send EXPIRES.HMAC of this very userId as docs/trust.md shows it, or no token."
    ) with
    {
        Field = "context.userToken",
    };

    /// <summary>The shop's server sends with a program of its own: of its calls only what they say of the visitor's counts.</summary>
    static bool IsMachine(HttpContext http, IncomingCall call, KeyKind key) =>
        MachineTraffic.IsMachine(call.UserAgent ?? (key == KeyKind.Write ? (string?)http.Request.Headers.UserAgent : null));

    /// <summary>Between two known people only the secret key merges (see docs/identity.md).</summary>
    static async Task<Results<Ok<RecordedResponse>, Problem, ChallengeHttpResult>> MergeAsync(
        IncomingCall call,
        IdentityResolver identity,
        IStore store,
        long receivedAt,
        CancellationToken cancel
    )
    {
        var target = (await identity.ResolveAsync(call.UserId, null, call.Trust, cancel)).Customer;
        var source = (await identity.FindCustomerAsync(call.PreviousId, null, cancel))!.Value;
        var outcome = await identity.MergeAsync(source, target, "secret key", cancel);
        await store.AuditAsync("secret key", "merge", $"{source} into {target}", receivedAt, cancel);
        return outcome == MergeOutcome.NamesMoved
            ? Problem.Conflict("A name was moved meanwhile.", "Send the call again.")
            : TypedResults.Ok(RecordedResponse.Acknowledged);
    }

    static readonly Problem NotByTracking = Problem.Forbidden(
        "Both names are user ids: two known people are not merged by tracking.",
        "Send the alias with the secret key."
    );

    /// <summary>The browser client sends an alias of an identified visitor with both names the same: there is nothing to merge.</summary>
    static async ValueTask<bool> IsBetweenUsersAsync(IncomingCall call, IStore store, CancellationToken cancel) =>
        call.PreviousId != call.UserId
        && (
            await store.FindNameAsync(NameKind.User, call.PreviousId!, cancel)
            ?? await store.FindNameAsync(NameKind.Claimed, call.PreviousId!, cancel)
        )
            is not null;

    /// <summary>What the answer is to contain; the problem of a word that is none of it, or null.</summary>
    static Problem? IncludeOf(string words, out Include include)
    {
        include = Include.Nothing;
        foreach (var word in words.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (
                !char.IsAsciiLetter(word[0])
                || !Enum.TryParse<Include>(word, ignoreCase: true, out var one)
                || one == Include.Nothing
            )
                return Problem.BadField(
                    "include",
                    "include names something that an answer cannot contain.",
                    "Use recommendations, stage, churn, outreach."
                );
            include |= one;
        }
        return null;
    }

    static readonly Problem NotToRead = Problem.Forbidden(
        "The write key reads nothing.",
        "Call with the secret key, from the shop's server, or with the visitor's own X-Visitor-Token."
    );

    /// <summary>Whether the call carries a token of the very customer it will be recorded for.</summary>
    static async Task<bool> IsOwnAsync(
        HttpContext http,
        IncomingCall call,
        IdentityResolver identity,
        Visitors visitors,
        CancellationToken cancel
    ) =>
        (await http.AuthenticateAsync()).Principal is { } caller
        && await visitors.OfAsync(caller, cancel) is { } pass
        && await identity.PeekAsync(call.UserId, call.AnonymousId ?? call.PreviousId, call.Trust, cancel) == pass.Customer;

    /// <summary>It says the name it was called by, which no cache may hand to others.</summary>
    static Ok<ClientSettings> Settings(string writeKey, HttpRequest request, HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(ClientSettings.Of(writeKey, request.Scheme, request.Host.ToString()));
    }

    /// <summary>What RudderStack's clients ask for before they send anything.</summary>
    static Results<Ok<SourceConfig>, ChallengeHttpResult> SourceConfigOf(HttpContext http, ApiKeys keys)
    {
        http.Response.Headers.CacheControl = "no-store";
        return HeaderOf(http, keys) is KeyKind.Write ? TypedResults.Ok(SourceConfig.Own) : TypedResults.Challenge();
    }
}

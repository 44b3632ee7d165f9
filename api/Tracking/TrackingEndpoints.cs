using System.Buffers;
using Personalization.Customers;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Tracking;

/// <summary>
/// The tracking calls, as Segment's clients send them: <c>/v1/track</c> and its siblings, the browser client's short paths
/// (<c>/v1/t</c> …), batches, and the settings the browser client asks for.
/// </summary>
/// <remarks>What it needs is put in once, when the paths are mapped: asking a request for services makes a scope for each.</remarks>
public sealed class TrackingEndpoints(
    TrackingIntake intake,
    ApiKeys keys,
    VisitorToken tokens,
    IdentityResolver identity,
    IStore store,
    ShopClock time
)
{
    static readonly (string Path, string Short, CallType Type, string Summary)[] Calls =
    [
        (
            "/v1/track",
            "/v1/t",
            CallType.Track,
            "Records what a customer did. With the secret key, ?include=recommendations,stage,churn,outreach answers with what it changed."
        ),
        ("/v1/identify", "/v1/i", CallType.Identify, "Says who a customer is, and their traits."),
        ("/v1/page", "/v1/p", CallType.Page, "Records a page view."),
        ("/v1/screen", "/v1/s", CallType.Screen, "Records a screen view."),
        ("/v1/group", "/v1/g", CallType.Group, "Says what group a customer belongs to."),
        (
            "/v1/alias",
            "/v1/a",
            CallType.Alias,
            "Says that two names are one customer's. Between two user ids it needs the secret key."
        ),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, brief, type, summary) in Calls)
        {
            RequestDelegate take = http => TakeAsync(http, type);
            routes
                .MapPost(path, take)
                .WithTags("Tracking")
                .WithSummary(summary)
                .WithMetadata(take.Method)
                .RequireCors(Hosting.Origins.Policy);
            routes.MapPost(brief, take).ExcludeFromDescription().RequireCors(Hosting.Origins.Policy);
        }
        RequestDelegate batch = TakeBatchAsync;
        routes
            .MapPost("/v1/batch", batch)
            .WithTags("Tracking")
            .WithMetadata(batch.Method)
            .RequireCors(Hosting.Origins.Policy)
            .WithSummary("Records up to 2,500 calls. Bad items are named in the answer, the good ones are kept.");
        routes.MapPost("/v1/b", batch).ExcludeFromDescription().RequireCors(Hosting.Origins.Policy);
        routes.MapPost("/v1/m", () => TypedResults.Ok()).ExcludeFromDescription().RequireCors(Hosting.Origins.Policy);
        routes.MapGet("/v1/projects/{writeKey}/settings", Settings).ExcludeFromDescription().RequireCors(Hosting.Origins.Policy);
    }

    async Task TakeAsync(HttpContext http, CallType type)
    {
        var receivedAt = time.Now;
        using var body = await Body.ReadAsync(http, TrackingParser.MaxEventBytes);
        if (body.Problem is { } tooLarge)
        {
            await Refuse(http, tooLarge);
            return;
        }
        var parsed = TrackingParser.Call(type, body.Bytes.Span, receivedAt);
        var key = KeyOf(http, parsed.WriteKey);
        if (key == KeyKind.None)
        {
            await Refuse(http, RequireKeyFilter.Refusal(key));
            return;
        }
        if (parsed.Problem is { } bad)
        {
            await Refuse(http, bad);
            return;
        }
        if (!TryInclude(http, key, parsed.Call!, out var include, out var refused))
        {
            await Refuse(http, refused);
            return;
        }
        if (type == CallType.Alias && await IsBetweenUsersAsync(parsed.Call!, http.RequestAborted))
        {
            await AliasAsync(http, parsed.Call!, key, receivedAt);
            return;
        }
        var query = include.HasFlag(Include.Recommendations) ? new RecommendationQuery(Placement.Home, 10) : null;
        var recorded = await intake.TakeAsync(parsed.Call!, receivedAt, include, query);
        await RecordedJson.WriteAsync(http, recorded);
    }

    async Task TakeBatchAsync(HttpContext http)
    {
        var receivedAt = time.Now;
        using var body = await Body.ReadAsync(http, TrackingParser.MaxBatchBytes);
        if (body.Problem is { } tooLarge)
        {
            await Refuse(http, tooLarge);
            return;
        }
        var parsed = TrackingParser.Batch(body.Bytes.Span, receivedAt);
        var key = KeyOf(http, parsed.WriteKey);
        if (key == KeyKind.None)
        {
            await Refuse(http, RequireKeyFilter.Refusal(key));
            return;
        }
        if (parsed.Problem is { } bad)
        {
            await Refuse(http, bad);
            return;
        }
        var calls = new List<IncomingCall>(parsed.Calls.Count);
        var errors = new List<ItemProblem>(parsed.Errors);
        foreach (var call in parsed.Calls)
            if (call.Type == CallType.Alias && await IsBetweenUsersAsync(call, http.RequestAborted))
                errors.Add(
                    new ItemProblem(
                        call.Index,
                        "previousId",
                        "Two user ids are not joined by a batch.",
                        "Send the alias alone, with the secret key."
                    )
                );
            else
                calls.Add(call);
        await intake.TakeAsync(calls, receivedAt);
        await RecordedJson.WriteBatchAsync(http, calls.Count, errors);
    }

    /// <summary>Between two known people only the secret key joins (see docs/identity.md).</summary>
    async Task AliasAsync(HttpContext http, IncomingCall call, KeyKind key, long receivedAt)
    {
        if (key != KeyKind.Secret)
        {
            await Refuse(
                http,
                Problem.Forbidden(
                    "Both names are user ids: two known people are not joined by tracking.",
                    "Send the alias with the secret key."
                )
            );
            return;
        }
        var target = (await identity.ResolveAsync(call.UserId, null)).Customer;
        var source = (await identity.FindCustomerAsync(call.PreviousId, null))!.Value;
        var outcome = await identity.MergeAsync(source, target, "secret key");
        await store.AuditAsync("secret key", "join", $"{source} into {target}", receivedAt);
        if (outcome == MergeOutcome.NamesMoved)
            await Refuse(http, Problem.Conflict("A name was moved meanwhile.", "Send the call again."));
        else
            await RecordedJson.WriteAsync(http, new Recorded(target, 0, null));
    }

    /// <summary>The browser client sends an alias of an identified visitor with both names the same: there is nothing to join.</summary>
    async ValueTask<bool> IsBetweenUsersAsync(IncomingCall call, CancellationToken cancel) =>
        call.PreviousId != call.UserId && await store.FindNameAsync(NameKind.User, call.PreviousId!, cancel) is not null;

    KeyKind KeyOf(HttpContext http, string? inBody)
    {
        var kind = keys.KindOfHeader(http.Request.Headers.Authorization);
        return kind == KeyKind.None && inBody is not null && keys.KindOf(inBody) == KeyKind.Write ? KeyKind.Write : kind;
    }

    bool TryInclude(HttpContext http, KeyKind key, IncomingCall call, out Include include, out Problem refused)
    {
        include = Include.Nothing;
        refused = null!;
        var asked = http.Request.Query["include"];
        if (asked.Count == 0)
            return true;
        foreach (var word in asked.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (
                !char.IsAsciiLetter(word[0])
                || !Enum.TryParse<Include>(word, ignoreCase: true, out var one)
                || one == Include.Nothing
            )
            {
                refused = Problem.BadField(
                    "include",
                    "It names something that an answer cannot contain.",
                    "Use recommendations, stage, churn, outreach."
                );
                return false;
            }
            include |= one;
        }
        if (key == KeyKind.Secret || include == Include.Nothing || IsOwn(http, call))
            return true;
        refused = Problem.Forbidden(
            "The write key reads nothing.",
            "Call with the secret key, from the shop's server, or with the visitor's own X-Visitor-Token."
        );
        return false;
    }

    /// <summary>Whether the call carries a token for the visitor it is about.</summary>
    bool IsOwn(HttpContext http, IncomingCall call) =>
        tokens.TryRead(http.Request.Headers[RequireKeyFilter.VisitorHeader], out var user, out var anonymous)
        && (user is null ? call.UserId is null && call.AnonymousId == anonymous : call.UserId == user);

    static IResult Settings(string writeKey, HttpRequest request) =>
        TypedResults.Bytes(ClientSettings.Json(writeKey, request.Scheme, request.Host.ToString()), "application/json");

    static Task Refuse(HttpContext http, Problem problem) => problem.ToResult().ExecuteAsync(http);

    /// <summary>A request's body in a pooled buffer, up to a bound.</summary>
    readonly struct Body : IDisposable
    {
        readonly byte[]? rented;

        Body(byte[]? rented, int length, Problem? problem) =>
            (this.rented, Bytes, Problem) = (rented, rented.AsMemory(0, length), problem);

        public ReadOnlyMemory<byte> Bytes { get; }
        public Problem? Problem { get; }

        public static async ValueTask<Body> ReadAsync(HttpContext http, int bound)
        {
            var expected = http.Request.ContentLength ?? 0;
            if (expected > bound)
                return TooLarge(bound);
            var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(expected, 1024) + 1);
            var length = 0;
            while (true)
            {
                if (length == buffer.Length)
                    buffer = Larger(buffer);
                var read = await http.Request.Body.ReadAsync(buffer.AsMemory(length), http.RequestAborted);
                if (read == 0)
                    return new Body(buffer, length, null);
                length += read;
                if (length <= bound)
                    continue;
                ArrayPool<byte>.Shared.Return(buffer);
                return TooLarge(bound);
            }
        }

        static Body TooLarge(int bound) =>
            new(
                null,
                0,
                Problem.TooLarge(
                    $"The body is larger than {bound / 1024} KB.",
                    bound == TrackingParser.MaxEventBytes
                        ? "Send less per event: texts belong into the shop, not into an event."
                        : "Send smaller batches."
                )
            );

        static byte[] Larger(byte[] buffer)
        {
            var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(buffer);
            return larger;
        }

        public void Dispose()
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

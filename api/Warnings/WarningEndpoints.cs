using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Warnings;

/// <param name="CustomerId">A user id where there is one, else an anonymous id.</param>
/// <param name="Risk">0 to 1.</param>
/// <param name="Status">open, or the outcome by which it was closed.</param>
public sealed record WarningResponse(
    Guid WarningId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? CustomerId,
    string CustomerNumber,
    string Policy,
    float Risk,
    decimal MoneyAtRisk,
    string[] Reasons,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? RaisedAt,
    string Status,
    string ModelVersion,
    DateTimeOffset? ClosedAt = null
)
{
    public static WarningResponse Of(WarningRow row, IEnumerable<BoundName> names) =>
        new(
            row.Warning,
            Wire.NameOf(names),
            Wire.Number(row.Customer),
            WarningWords.Of((WarningPolicy)row.Policy),
            row.Risk,
            Wire.Money(row.MoneyAtRisk),
            row.Reasons.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Wire.Time(row.RaisedAt),
            WarningWords.Of((WarningOutcome)row.Status),
            row.Model,
            Wire.Time(row.ClosedAt)
        );
}

/// <param name="Next">Where the list goes on; null at its end.</param>
/// <param name="Position">The journal position that the list is at.</param>
public sealed record WarningsResponse(
    IReadOnlyList<WarningResponse> Warnings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next,
    long Position
);

public sealed record PrecisionResponse(IReadOnlyList<WarningPrecision> Models, long Position);

/// <summary>What became of a warning: contacted, won-back, bought-elsewhere, not-interested or wrong; who says so; a note.</summary>
public sealed record OutcomeRequest(string? Outcome, string? By = null, string? Note = null);

/// <param name="Position">Send it as minPosition, and the lists show the warning closed.</param>
public sealed record OutcomeResponse(long Position);

/// <summary>The marketers' work list: warnings ranked by the money at risk (R30, R33).</summary>
public static class WarningEndpoints
{
    const int MaxRows = 500;

    public static void MapWarnings(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/warnings").WithTags("Warnings").RequireSecretKey();
        group
            .MapGet("", ListAsync)
            .WithName("ListWarnings")
            .WithSummary(
                "Warnings by money at risk: status=open|closed|all, policy=, limit=, next=; minPosition= waits for a position."
            )
            .Refuses(400);
        group
            .MapGet("precision", PrecisionAsync)
            .WithName("GetWarningPrecision")
            .WithSummary("What became of past churn warnings, model by model.")
            .Refuses(400);
        group
            .MapPost("{id:guid}/outcome", OutcomeAsync)
            .WithName("CloseWarning")
            .WithSummary("Says what became of a warning, and closes it.")
            .Refuses(400, 404, 409, 413, 415);
    }

    static async Task<Results<Ok<WarningsResponse>, Problem>> ListAsync(
        IStore store,
        ReadModelPosition positions,
        CancellationToken cancel,
        string status = "open",
        string? policy = null,
        int limit = 50,
        string? next = null,
        long? minPosition = null
    )
    {
        bool? open = status switch
        {
            "open" => true,
            "closed" => false,
            _ => null,
        };
        if (open is null && status != "all")
            return Problem.BadField("status", "There is no such status.", "Use open, closed or all.");
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        WarningPolicy kind = 0;
        if (policy is not null && !WarningWords.Policies.TryGetValue(policy, out kind))
            return Problem.BadField(
                "policy",
                "There is no such policy.",
                $"Use one of {string.Join(", ", WarningWords.Policies.Keys)}."
            );
        if (!TryPlace(next, out var place))
            return Problem.BadPlace;
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;

        var filter = new WarningFilter(open, policy is null ? null : (byte)kind);
        var rows = await store.ReadModels.ListWarningsAsync(filter, place, limit, cancel);
        var names = (await store.NamesOfAsync([.. rows.Select(row => row.Customer).Distinct()], cancel)).ToLookup(name =>
            name.Customer
        );
        return TypedResults.Ok(
            new WarningsResponse(
                [.. rows.Select(row => WarningResponse.Of(row, names[row.Customer]))],
                rows.Count == limit ? PlaceOf(rows[^1]) : null,
                await store.ReadModels.PositionAsync(cancel)
            )
        );
    }

    static async Task<Results<Ok<PrecisionResponse>, Problem>> PrecisionAsync(
        IStore store,
        ReadModelPosition positions,
        CurrentShop shop,
        ShopClock time,
        CancellationToken cancel,
        long? minPosition = null
    )
    {
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;
        var rows = new List<WarningRow>();
        IReadOnlyList<WarningRow> page;
        do
        {
            page = await store.ReadModels.ListWarningsAsync(
                new WarningFilter(null, (byte)WarningPolicy.Churn),
                rows.LastOrDefault(),
                MaxRows,
                cancel
            );
            rows.AddRange(page);
        } while (page.Count == MaxRows);
        var models = WarningPrecision.Of(rows, shop.Current.Churn.HorizonDays, time.Now);
        return TypedResults.Ok(new PrecisionResponse(models, await store.ReadModels.PositionAsync(cancel)));
    }

    static async Task<Results<Ok<OutcomeResponse>, Problem>> OutcomeAsync(
        Guid id,
        OutcomeRequest request,
        IStore store,
        IGrainFactory grains,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (request.Outcome is null || !WarningWords.Outcomes.TryGetValue(request.Outcome, out var outcome))
            return Problem.BadField(
                "outcome",
                "There is no such outcome.",
                $"Send one of {string.Join(", ", WarningWords.Outcomes.Keys)}."
            );
        if (Problem.TooLong(("note", request.Note, 2000), ("by", request.By, CustomerEndpoints.MaxBy)) is { } tooLong)
            return tooLong;
        if (!(await store.ReadModels.WarningsAsync([id], cancel)).TryGetValue(id, out var row))
            return Problem.NotFound("There is no warning of this id.", "Use a warningId of GET /v1/warnings.");
        var by = string.IsNullOrWhiteSpace(request.By) ? "secret key" : request.By;
        if (!await grains.Customer(row.Customer).CloseWarningAsync(id, outcome, by, request.Note))
            return Problem.Conflict("The warning has been closed meanwhile.", "List the warnings again.");
        await store.AuditAsync(by, $"warning {WarningWords.Of(outcome)}", id.ToString(), time.Now, cancel);
        return TypedResults.Ok(new OutcomeResponse(await store.LastPositionAsync(cancel)));
    }

    static string PlaceOf(WarningRow row) =>
        Base64Url.EncodeToString(
            Encoding.ASCII.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.MoneyAtRisk}|{BitConverter.SingleToInt32Bits(row.Risk)}|{row.Warning:N}"
                )
            )
        );

    static bool TryPlace(string? next, out WarningRow? place)
    {
        place = null;
        if (next is null)
            return true;
        Span<byte> bytes = stackalloc byte[200];
        if (next.Length > 200 || !Base64Url.IsValid(next) || !Base64Url.TryDecodeFromChars(next, bytes, out var length))
            return false;
        if (Encoding.ASCII.GetString(bytes[..length]).Split('|') is not [var money, var risk, var id])
            return false;
        if (
            !long.TryParse(money, CultureInfo.InvariantCulture, out var amount)
            || !int.TryParse(risk, CultureInfo.InvariantCulture, out var bits)
            || !Guid.TryParseExact(id, "N", out var warning)
        )
            return false;
        place = new WarningRow(warning, 0, 0, BitConverter.Int32BitsToSingle(bits), amount, "", "", 0, 0, 0);
        return true;
    }
}

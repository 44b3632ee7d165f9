using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Warnings;

/// <summary>What became of a warning: contacted, won-back, bought-elsewhere, not-interested or wrong; who says so; a note.</summary>
public sealed record OutcomeRequest(string? Outcome, string? By, string? Note);

/// <summary>The marketers' work list: warnings ranked by the money at risk (R30, R33).</summary>
public static class WarningEndpoints
{
    const int MaxRows = 500;

    public static void MapWarnings(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/warnings").WithTags("Warnings").RequireKey(KeyKind.Secret);
        group
            .MapGet("", ListAsync)
            .WithSummary(
                "Warnings by money at risk: status=open|closed|all, policy=, limit=, next=; minPosition= waits for a position."
            );
        group.MapGet("precision", PrecisionAsync).WithSummary("What became of past churn warnings, model by model.");
        group
            .MapPost("{id:guid}/outcome", OutcomeAsync)
            .WithSummary("Says what became of a warning, and closes it.")
            .ProducesProblem(404);
    }

    static async Task<IResult> ListAsync(
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
            return Problem.BadField("status", "There is no such status.", "Use open, closed or all.").ToResult();
        if (limit is < 1 or > MaxRows)
            return Problem.BadField("limit", $"It is not between 1 and {MaxRows}.", "Ask for fewer rows.").ToResult();
        Events.WarningPolicy kind = 0;
        if (policy is not null && !WarningJson.Policies.TryGetValue(policy, out kind))
            return Problem
                .BadField("policy", "There is no such policy.", $"Use one of {string.Join(", ", WarningJson.Policies.Keys)}.")
                .ToResult();
        if (!TryPlace(next, out var place))
            return Problem
                .BadField("next", "It is not a place in this list.", "Send the next of the answer before, unchanged.")
                .ToResult();
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late.ToResult();

        var rows = await store.ReadModels.ListWarningsAsync(
            new WarningFilter(open, policy is null ? null : (byte)kind),
            place,
            limit,
            cancel
        );
        var names = (await store.NamesOfAsync(rows.Select(row => row.Customer).Distinct().ToList(), cancel)).ToLookup(name =>
            name.Customer
        );
        var position = await store.ReadModels.PositionAsync(cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("warnings");
            foreach (var row in rows)
                WarningJson.Write(json, row, names[row.Customer]);
            json.WriteEndArray();
            if (rows.Count == limit)
                json.WriteString("next", PlaceOf(rows[^1]));
            else
                json.WriteNull("next");
            json.WriteNumber("position", position);
            json.WriteEndObject();
        });
    }

    static async Task<IResult> PrecisionAsync(
        IStore store,
        ReadModelPosition positions,
        CurrentShop shop,
        ShopClock time,
        CancellationToken cancel,
        long? minPosition = null
    )
    {
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late.ToResult();
        var rows = new List<WarningRow>();
        for (IReadOnlyList<WarningRow> page = []; rows.Count == 0 || page.Count == MaxRows; rows.AddRange(page))
        {
            page = await store.ReadModels.ListWarningsAsync(
                new WarningFilter(null, (byte)Events.WarningPolicy.Churn),
                page.Count == 0 ? null : page[^1],
                MaxRows,
                cancel
            );
            if (page.Count == 0)
                break;
        }
        var models = WarningPrecision.Of(rows, shop.Current.Churn.HorizonDays, time.Now);
        var position = await store.ReadModels.PositionAsync(cancel);
        return TypedResults.Ok(new { models, position });
    }

    static async Task<IResult> OutcomeAsync(
        Guid id,
        OutcomeRequest request,
        IStore store,
        IGrainFactory grains,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (request.Outcome is null || !WarningJson.Outcomes.TryGetValue(request.Outcome, out var outcome))
            return Problem
                .BadField("outcome", "There is no such outcome.", $"Send one of {string.Join(", ", WarningJson.Outcomes.Keys)}.")
                .ToResult();
        if (Problem.TooLong(("note", request.Note, 2000), ("by", request.By, CustomerEndpoints.MaxBy)) is { } tooLong)
            return tooLong.ToResult();
        if (!(await store.ReadModels.WarningsAsync([id], cancel)).TryGetValue(id, out var row))
            return Problem.NotFound("There is no warning of this id.", "Use a warningId of GET /v1/warnings.").ToResult();
        var by = string.IsNullOrWhiteSpace(request.By) ? "secret key" : request.By;
        if (!await grains.Customer(row.Customer).CloseWarningAsync(id, outcome, by, request.Note))
            return Problem.Conflict("The warning has been closed meanwhile.", "List the warnings again.").ToResult();
        await store.AuditAsync(by, $"warning {WarningJson.OutcomeWord(outcome)}", id.ToString(), time.Now, cancel);
        return TypedResults.NoContent();
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

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

namespace Personalization.Outreach;

/// <param name="Delay">From the trigger to the message, as [days.]hours:minutes:seconds.</param>
/// <param name="Expiry">After the trigger nothing is sent any more.</param>
/// <param name="Holdout">Share of the customers who get nothing, to compare with: 0 to 1.</param>
public sealed record PlaybookResponse(
    string Id,
    string Trigger,
    string Channel,
    string Topic,
    TimeSpan Delay,
    TimeSpan Expiry,
    string Template,
    double Holdout,
    bool Enabled
);

public sealed record PlaybooksResponse(IReadOnlyList<PlaybookResponse> Playbooks);

/// <summary>What a playbook would do now.</summary>
public sealed record DryRunResponse(string Playbook, int WouldSend, int WouldWithhold, IReadOnlyList<DryRunMessage> Messages);

/// <param name="Withheld">Why it would not be sent; empty where it would.</param>
/// <param name="NotBefore">Left out where it could go out at once.</param>
/// <param name="Subject">Left out, as the text, where there is nothing to compose a message of.</param>
public sealed record DryRunMessage(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? CustomerId,
    Guid WarningId,
    decimal MoneyAtRisk,
    bool WouldSend,
    string[] Withheld,
    DateTimeOffset? NotBefore = null,
    string? Subject = null,
    string? Text = null
)
{
    public static DryRunMessage Of(WarningRow warning, DryRun run, EmailMessage? message, IEnumerable<BoundName> names) =>
        new(
            Wire.NameOf(names),
            warning.Warning,
            Wire.Money(warning.MoneyAtRisk),
            run.Withheld.Length == 0,
            [.. run.Withheld.Select(why => why.Word())],
            Wire.Time(run.NotBefore),
            message?.Subject,
            message?.Text
        );
}

/// <summary>Playbooks: what they are, and what each would do now, message by message, with nothing sent.</summary>
public static class PlaybookEndpoints
{
    const int MaxRows = 500;

    public static void MapPlaybooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/playbooks").WithTags("Outreach").RequireSecretKey();
        group.MapGet("", List).WithName("ListPlaybooks").WithSummary("The playbooks in use.");
        group
            .MapGet("{id}/dry-run", DryRunAsync)
            .WithName("DryRunPlaybook")
            .WithSummary("The messages that would go out now, and why each would be withheld. Nothing is sent.")
            .Refuses(400, 404);
    }

    static Ok<PlaybooksResponse> List(OutreachPolicy policy) =>
        TypedResults.Ok(
            new PlaybooksResponse([
                .. policy.Playbooks.Select(playbook => new PlaybookResponse(
                    playbook.Id,
                    playbook.Trigger.ToString(),
                    playbook.Channel,
                    playbook.Topic,
                    playbook.Delay,
                    playbook.Expiry,
                    playbook.Template,
                    playbook.Holdout,
                    playbook.Enabled
                )),
            ])
        );

    /// <summary>Looks at the customers with an open warning that concerns the playbook, by money at risk.</summary>
    static async Task<Results<Ok<DryRunResponse>, Problem>> DryRunAsync(
        string id,
        OutreachPolicy policy,
        IStore store,
        IGrainFactory grains,
        MessageFactory messages,
        ReadModelPosition positions,
        CancellationToken cancel,
        int limit = 50,
        long? minPosition = null
    )
    {
        if (policy.Find(id) is not { } playbook)
            return Problem.NotFound("There is no such playbook.", "GET /v1/playbooks lists them.");
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;
        var warnings = await ConcernedAsync(playbook, store.ReadModels, limit, cancel);
        var names = (await store.NamesOfAsync([.. warnings.Select(row => row.Customer).Distinct()], cancel)).ToLookup(name =>
            name.Customer
        );
        var answers = new List<DryRunMessage>();
        foreach (var warning in warnings)
        {
            var run = await grains.Customer(warning.Customer).DryRunAsync(id);
            if (!run.Applies)
                continue;
            var message = run.Message is { } draft ? messages.Compose(run.Customer, draft) : null;
            answers.Add(DryRunMessage.Of(warning, run, message, names[warning.Customer]));
        }
        var sent = answers.Count(message => message.WouldSend);
        return TypedResults.Ok(new DryRunResponse(id, sent, answers.Count - sent, answers));
    }

    static async Task<List<WarningRow>> ConcernedAsync(Playbook playbook, IReadModels lists, int limit, CancellationToken cancel)
    {
        WarningPolicy[] policies =
            playbook.Trigger == PlaybookTrigger.ChurnWarning
                ? [WarningPolicy.Churn]
                : [WarningPolicy.CheckoutLeft, WarningPolicy.CartLeft];
        var warnings = new List<WarningRow>();
        foreach (var policy in policies)
        {
            var filter = new WarningFilter(true, (byte)policy);
            warnings.AddRange(await lists.ListWarningsAsync(filter, null, limit - warnings.Count, cancel));
        }
        return warnings;
    }
}

using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;

namespace Personalization.Outreach;

/// <summary>Playbooks: what they are, and what each would do now, message by message, with nothing sent.</summary>
public static class PlaybookEndpoints
{
    const int MaxRows = 500;

    public static void MapPlaybooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/playbooks").WithTags("Outreach").RequireKey(KeyKind.Secret);
        group.MapGet("", List).WithSummary("The playbooks in use.");
        group
            .MapGet("{id}/dry-run", DryRunAsync)
            .WithSummary("The messages that would go out now, and why each would be withheld. Nothing is sent.");
    }

    static JsonAnswer List(OutreachPolicy policy) =>
        new(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("playbooks");
            foreach (var playbook in policy.Playbooks)
            {
                json.WriteStartObject();
                json.WriteString("id", playbook.Id);
                json.WriteString("trigger", playbook.Trigger.ToString());
                json.WriteString("channel", playbook.Channel);
                json.WriteString("topic", playbook.Topic);
                json.WriteString("delay", playbook.Delay.ToString());
                json.WriteString("expiry", playbook.Expiry.ToString());
                json.WriteString("template", playbook.Template);
                json.WriteNumber("holdout", playbook.Holdout);
                json.WriteBoolean("enabled", playbook.Enabled);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });

    /// <summary>Looks at the customers with an open warning that concerns the playbook, dearest first.</summary>
    static async Task<IResult> DryRunAsync(
        string id,
        OutreachPolicy policy,
        IStore store,
        IGrainFactory grains,
        MessageFactory factory,
        ReadModelPosition positions,
        CancellationToken cancel,
        int limit = 50,
        long? minPosition = null
    )
    {
        if (policy.Find(id) is not { } playbook)
            return Problem.NotFound("There is no such playbook.", "GET /v1/playbooks lists them.").ToResult();
        if (limit is < 1 or > MaxRows)
            return Problem.BadField("limit", $"It is not between 1 and {MaxRows}.", "Ask for fewer rows.").ToResult();
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late.ToResult();
        var warnings = new List<WarningRow>();
        foreach (
            var concerned in playbook.Trigger == PlaybookTrigger.ChurnWarning
                ? new[] { Events.WarningPolicy.Churn }
                : [Events.WarningPolicy.CheckoutLeft, Events.WarningPolicy.CartLeft]
        )
            warnings.AddRange(
                await store.ReadModels.ListWarningsAsync(
                    new WarningFilter(true, (byte)concerned),
                    null,
                    limit - warnings.Count,
                    cancel
                )
            );
        var names = (await store.NamesOfAsync(warnings.Select(row => row.Customer).Distinct().ToList(), cancel)).ToLookup(name =>
            name.Customer
        );
        var messages = new List<(WarningRow Warning, DryRun Run, EmailMessage? Message)>();
        foreach (var warning in warnings)
        {
            var run = await grains.Customer(warning.Customer).DryRunAsync(id);
            if (run.Applies)
                messages.Add((warning, run, run.Message is { } draft ? factory.Compose(run.Customer, draft) : null));
        }
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteString("playbook", id);
            json.WriteNumber("wouldSend", messages.Count(one => one.Run.Withheld.Length == 0));
            json.WriteNumber("wouldWithhold", messages.Count(one => one.Run.Withheld.Length > 0));
            json.WriteStartArray("letters");
            foreach (var (warning, run, message) in messages)
                Write(json, warning, run, message, names[warning.Customer]);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    static void Write(
        System.Text.Json.Utf8JsonWriter json,
        WarningRow warning,
        DryRun run,
        EmailMessage? message,
        IEnumerable<BoundName> names
    )
    {
        json.WriteStartObject();
        json.WriteString("customerId", names.OrderBy(name => name.Kind).FirstOrDefault()?.Value);
        json.WriteString("warningId", warning.Warning);
        json.WriteNumber("moneyAtRisk", CustomerJson.Money(warning.MoneyAtRisk));
        json.WriteBoolean("wouldSend", run.Withheld.Length == 0);
        json.WriteStartArray("withheld");
        foreach (var why in run.Withheld)
            json.WriteStringValue(why.Word());
        json.WriteEndArray();
        if (run.NotBefore != 0)
            CustomerJson.WriteTime(json, "notBefore", run.NotBefore);
        if (message is not null)
        {
            json.WriteString("subject", message.Subject);
            json.WriteString("text", message.Text);
        }
        json.WriteEndObject();
    }
}

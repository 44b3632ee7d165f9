using System.Globalization;
using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Storage;

namespace Personalization.Customers;

/// <summary>A person's decision that two customers are the same, or are not.</summary>
public sealed record SamePersonRequest(string? Other, string? By);

/// <summary>Consent for a channel and topic ("*" for all), said by somebody somewhere.</summary>
public sealed record ConsentRequest(string? Channel, string? Topic, bool? Granted, string? Origin);

/// <summary>One customer at a time, always current; and the list, from read models.</summary>
public static class CustomerEndpoints
{
    public const int LongestBy = 200;
    const int MostRows = 500,
        LongestWord = 64;

    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/customers").WithTags("Customers").RequireKey(KeyKind.Secret);
        group
            .MapGet("", ListAsync)
            .WithSummary("Customers by keyset: known=, buyers=, limit=, next=; after= waits for a position.");
        group
            .MapGet("{id}", GetAsync)
            .WithSummary("A customer by user id or anonymous id, as of this moment.")
            .ProducesProblem(404);
        group
            .MapPost("{id}/join", JoinAsync)
            .WithSummary("Says that another customer is the same person; can be undone by split.");
        group
            .MapPost("{id}/split", SplitAsync)
            .WithSummary("Undoes a join: the other's history, and what came in under its names since, goes back.");
        group.MapPost("{id}/consent", ConsentAsync).WithSummary("Records consent for a channel and topic, or its withdrawal.");
        group
            .MapPut(
                "{id}/never-show/{productId}",
                (
                    string id,
                    string productId,
                    IdentityResolver i,
                    ICustomers c,
                    CatalogueService p,
                    TimeProvider t,
                    CancellationToken k
                ) => HideAsync(id, productId, true, i, c, p, t, k)
            )
            .WithSummary("Never shows this product to this customer.");
        group
            .MapDelete(
                "{id}/never-show/{productId}",
                (
                    string id,
                    string productId,
                    IdentityResolver i,
                    ICustomers c,
                    CatalogueService p,
                    TimeProvider t,
                    CancellationToken k
                ) => HideAsync(id, productId, false, i, c, p, t, k)
            )
            .WithSummary("Shows the product to this customer again.");
        group
            .MapDelete("{id}", EraseAsync)
            .WithSummary("Erases the person for good: every name, key and forwarder. Answers with a receipt.");
    }

    static async Task<IResult> GetAsync(
        string id,
        HttpContext http,
        IdentityResolver identity,
        ICustomers customers,
        IStore store,
        ProductCatalogue catalogue,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        var view = await customers.ReadAsync(customer, cancel);
        var names = await store.NamesOfAsync([view.Customer], cancel);
        return new JsonAnswer(json => CustomerJson.Write(json, view, names, catalogue));
    }

    static async Task<IResult> ListAsync(
        IStore store,
        PositionGate positions,
        CancellationToken cancel,
        bool? known = null,
        bool? buyers = null,
        int limit = 50,
        string? next = null,
        long? after = null
    )
    {
        if (limit is < 1 or > MostRows)
            return Problem.BadField("limit", $"It is not between 1 and {MostRows}.", "Ask for fewer rows.").ToResult();
        if (!long.TryParse(next ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            return Problem
                .BadField("next", "It is not a place in this list.", "Send the next of the answer before, unchanged.")
                .ToResult();
        if (await positions.WaitAsync(after, cancel) is { } late)
            return late.ToResult();
        var rows = await store.ReadModels.ListCustomersAsync(new CustomerFilter(known, buyers), from, limit, cancel);
        var names = (await store.NamesOfAsync(rows.Select(row => row.Customer).ToList(), cancel)).ToLookup(name => name.Customer);
        var position = await store.ReadModels.PositionAsync(cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("customers");
            foreach (var row in rows)
                CustomerJson.WriteRow(json, row, [.. names[row.Customer]]);
            json.WriteEndArray();
            if (rows.Count == limit)
                json.WriteString("next", rows[^1].Customer.ToString(CultureInfo.InvariantCulture));
            else
                json.WriteNull("next");
            json.WriteNumber("position", position);
            json.WriteEndObject();
        });
    }

    static async Task<IResult> JoinAsync(
        string id,
        SamePersonRequest request,
        IdentityResolver identity,
        IStore store,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.By))
            return Problem.BadField("by", "It is missing.", "Say who decided this; it is audited.").ToResult();
        if (Problem.TooLong(("by", request.By, LongestBy)) is { } tooLong)
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown().ToResult();
        if (request.Other is null || await identity.FindCustomerAsync(request.Other, request.Other, cancel) is not { } source)
            return Problem
                .BadField("other", "There is no customer of this id.", "Send the user id or anonymous id of the other customer.")
                .ToResult();
        var outcome = await identity.JoinAsync(source, target, request.By, cancel);
        if (outcome == JoinOutcome.NamesMoved)
            return Problem.Conflict("A name was moved meanwhile.", "Send the call again.").ToResult();
        await store.AuditAsync(request.By, "join", $"{source} into {target}", time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
        return new JsonAnswer(json => Flat(json, "joined", outcome == JoinOutcome.Joined, source, target));
    }

    static async Task<IResult> SplitAsync(
        string id,
        SamePersonRequest request,
        IdentityResolver identity,
        ICustomers customers,
        IStore store,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.By))
            return Problem.BadField("by", "It is missing.", "Say who decided this; it is audited.").ToResult();
        if (Problem.TooLong(("by", request.By, LongestBy)) is { } tooLong)
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown().ToResult();
        if (!long.TryParse(request.Other, NumberStyles.None, CultureInfo.InvariantCulture, out var source))
            return Problem
                .BadField("other", "It is not a customer's number.", "Send the number that the join answered with as source.")
                .ToResult();
        if (!await identity.SplitAsync(target, source, request.By, cancel))
            return Problem
                .Conflict("These two were not joined, or have been split already.", "Look at the customer's timeline.")
                .ToResult();
        await store.AuditAsync(request.By, "split", $"{source} from {target}", time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
        return new JsonAnswer(json => Flat(json, "split", true, source, target));
    }

    static void Flat(Utf8JsonWriter json, string word, bool value, long source, long target)
    {
        json.WriteStartObject();
        json.WriteBoolean(word, value);
        json.WriteString("source", source.ToString(CultureInfo.InvariantCulture));
        json.WriteString("target", target.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    static async Task<IResult> ConsentAsync(
        string id,
        ConsentRequest request,
        IdentityResolver identity,
        ICustomers customers,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        if (request.Granted is not { } granted)
            return Problem.BadField("granted", "It is missing.", "Send true or false.").ToResult();
        if (
            Problem.TooLong(
                ("channel", request.Channel, LongestWord),
                ("topic", request.Topic, LongestWord),
                ("origin", request.Origin, LongestBy)
            ) is
            { } tooLong
        )
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        await customers.ChangeConsentAsync(
            customer,
            new ConsentChanged
            {
                Time = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Channel = request.Channel ?? "email",
                Topic = request.Topic ?? "*",
                Granted = granted,
                Origin = request.Origin ?? "api",
            },
            cancel
        );
        return TypedResults.NoContent();
    }

    static async Task<IResult> HideAsync(
        string id,
        string productId,
        bool hidden,
        IdentityResolver identity,
        ICustomers customers,
        CatalogueService catalogue,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        if (!catalogue.Products.TryNumber(productId, out var number))
            return Problem.NotFound("There is no product of this id.", "Use an id of the catalogue.").ToResult();
        await customers.HideAsync(
            customer,
            new NeverShow
            {
                Time = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Product = number,
                Hidden = hidden,
            },
            cancel
        );
        return TypedResults.NoContent();
    }

    static async Task<IResult> EraseAsync(
        string id,
        IdentityResolver identity,
        ICustomers customers,
        IStore store,
        NameCache cache,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        var receipt = await customers.EraseAsync(customer, "secret key", cancel);
        foreach (var erased in receipt.Forwarders.Append(receipt.Customer))
            cache.Forget(erased);
        await store.AuditAsync("secret key", "erase", $"{receipt.Customer}", time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteString("number", receipt.Customer.ToString(CultureInfo.InvariantCulture));
            CustomerJson.WriteTime(json, "erasedAt", receipt.At);
            json.WriteStartObject("removed");
            foreach (var (where, count) in receipt.Removed)
                json.WriteNumber(where, count);
            json.WriteEndObject();
            json.WriteNumber("forwarders", receipt.Forwarders.Count);
            json.WriteEndObject();
        });
    }

    static Problem Unknown() =>
        Problem.NotFound("There is no customer of this id.", "Use a user id or an anonymous id that has been tracked.");
}

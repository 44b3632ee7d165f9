using System.Globalization;
using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>A person's decision that two customers are the same, or are not.</summary>
public sealed record SamePersonRequest(string? Other, string? By);

/// <summary>Consent for a channel and topic ("*" for all), said by somebody somewhere.</summary>
public sealed record ConsentRequest(string? Channel, string? Topic, bool? Granted, string? Origin);

/// <summary>One customer at a time, always current; and the list, from read models.</summary>
public static class CustomerEndpoints
{
    public const int MaxBy = 200;
    const int MaxRows = 500,
        MaxWord = 64;

    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/customers").WithTags("Customers").RequireKey(KeyKind.Secret);
        group
            .MapGet("", ListAsync)
            .WithSummary("Customers by keyset: known=, buyers=, limit=, next=; minPosition= waits for a position.");
        group
            .MapGet("{id}", GetAsync)
            .WithSummary("A customer by user id or anonymous id, as of this moment.")
            .ProducesProblem(404);
        group
            .MapPost("{id}/merge", MergeAsync)
            .WithSummary("Says that another customer is the same person; can be undone by split.");
        group
            .MapPost("{id}/unmerge", UnmergeAsync)
            .WithSummary("Undoes a join: the other's history, and what came in under its names since, goes back.");
        group.MapPost("{id}/consent", ConsentAsync).WithSummary("Records consent for a channel and topic, or its withdrawal.");
        group
            .MapPut(
                "{id}/never-show/{productId}",
                (
                    string id,
                    string productId,
                    IdentityResolver i,
                    IGrainFactory grains,
                    CatalogueService p,
                    ShopClock t,
                    CancellationToken k
                ) => HideAsync(id, productId, true, i, grains, p, t, k)
            )
            .WithSummary("Never shows this product to this customer.");
        group
            .MapDelete(
                "{id}/never-show/{productId}",
                (
                    string id,
                    string productId,
                    IdentityResolver i,
                    IGrainFactory grains,
                    CatalogueService p,
                    ShopClock t,
                    CancellationToken k
                ) => HideAsync(id, productId, false, i, grains, p, t, k)
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
        IGrainFactory grains,
        IStore store,
        ProductCatalogue catalogue,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        var view = await grains.Customer(customer).ReadAsync();
        var names = await store.NamesOfAsync([view.Customer], cancel);
        return new JsonAnswer(json => CustomerJson.Write(json, view, names, catalogue));
    }

    static async Task<IResult> ListAsync(
        IStore store,
        ReadModelPosition positions,
        CancellationToken cancel,
        bool? known = null,
        bool? buyers = null,
        int limit = 50,
        string? next = null,
        long? minPosition = null
    )
    {
        if (limit is < 1 or > MaxRows)
            return Problem.BadField("limit", $"It is not between 1 and {MaxRows}.", "Ask for fewer rows.").ToResult();
        if (!long.TryParse(next ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            return Problem
                .BadField("next", "It is not a place in this list.", "Send the next of the answer before, unchanged.")
                .ToResult();
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
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

    static async Task<IResult> MergeAsync(
        string id,
        SamePersonRequest request,
        IdentityResolver identity,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.By))
            return Problem.BadField("by", "It is missing.", "Say who decided this; it is audited.").ToResult();
        if (Problem.TooLong(("by", request.By, MaxBy)) is { } tooLong)
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown().ToResult();
        if (request.Other is null || await identity.FindCustomerAsync(request.Other, request.Other, cancel) is not { } source)
            return Problem
                .BadField("other", "There is no customer of this id.", "Send the user id or anonymous id of the other customer.")
                .ToResult();
        var outcome = await identity.MergeAsync(source, target, request.By, cancel);
        if (outcome == MergeOutcome.NamesMoved)
            return Problem.Conflict("A name was moved meanwhile.", "Send the call again.").ToResult();
        await store.AuditAsync(request.By, "merge", $"{source} into {target}", time.Now, cancel);
        return new JsonAnswer(json => Flat(json, "merged", outcome == MergeOutcome.Merged, source, target));
    }

    static async Task<IResult> UnmergeAsync(
        string id,
        SamePersonRequest request,
        IdentityResolver identity,
        IGrainFactory grains,
        NameCache cache,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.By))
            return Problem.BadField("by", "It is missing.", "Say who decided this; it is audited.").ToResult();
        if (Problem.TooLong(("by", request.By, MaxBy)) is { } tooLong)
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown().ToResult();
        if (!long.TryParse(request.Other, NumberStyles.None, CultureInfo.InvariantCulture, out var source))
            return Problem
                .BadField("other", "It is not a customer's number.", "Send the number that the join answered with as source.")
                .ToResult();
        var names = await store.NamesOfAsync([target], cancel);
        var unmerged = source != target && await grains.Customer(target).UnmergeAsync(source, request.By);
        foreach (var name in names)
            cache.Forget(name);
        if (!unmerged)
            return Problem
                .Conflict("These two were not joined, or have been split already.", "Look at the customer's timeline.")
                .ToResult();
        await store.AuditAsync(request.By, "unmerge", $"{source} from {target}", time.Now, cancel);
        return new JsonAnswer(json => Flat(json, "unmerged", true, source, target));
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
        IGrainFactory grains,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (request.Granted is not { } granted)
            return Problem.BadField("granted", "It is missing.", "Send true or false.").ToResult();
        if (
            Problem.TooLong(
                ("channel", request.Channel, MaxWord),
                ("topic", request.Topic, MaxWord),
                ("origin", request.Origin, MaxBy)
            ) is
            { } tooLong
        )
            return tooLong.ToResult();
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        await grains
            .Customer(customer)
            .ChangeConsentAsync(
                new ConsentChanged
                {
                    Time = time.Now,
                    Channel = request.Channel ?? "email",
                    Topic = request.Topic ?? "*",
                    Granted = granted,
                    Origin = request.Origin ?? "api",
                }
            );
        return TypedResults.NoContent();
    }

    static async Task<IResult> HideAsync(
        string id,
        string productId,
        bool hidden,
        IdentityResolver identity,
        IGrainFactory grains,
        CatalogueService catalogue,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        if (!catalogue.Products.TryNumber(productId, out var number))
            return Problem.NotFound("There is no product of this id.", "Use an id of the catalogue.").ToResult();
        await grains
            .Customer(customer)
            .HideAsync(
                new NeverShow
                {
                    Time = time.Now,
                    Product = number,
                    Hidden = hidden,
                }
            );
        return TypedResults.NoContent();
    }

    static async Task<IResult> EraseAsync(string id, IdentityResolver identity, CustomerErasure erasure, CancellationToken cancel)
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown().ToResult();
        var receipt = await erasure.EraseAsync(customer, "secret key", cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteString("number", receipt.Customer.ToString(CultureInfo.InvariantCulture));
            CustomerJson.WriteTime(json, "erasedAt", receipt.At);
            json.WriteStartObject("removed");
            foreach (var (where, count) in receipt.Removed)
                json.WriteNumber(where, count);
            json.WriteEndObject();
            json.WriteNumber("forwarders", receipt.Absorbed.Count);
            json.WriteEndObject();
        });
    }

    static Problem Unknown() =>
        Problem.NotFound("There is no customer of this id.", "Use a user id or an anonymous id that has been tracked.");
}

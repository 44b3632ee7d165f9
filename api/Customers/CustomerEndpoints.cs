using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
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

/// <summary>A person's decision that two customers are the same, or are not. Who decided (by) is audited.</summary>
/// <param name="Other">To merge, a user id or anonymous id; to unmerge, the source that the merge answered with.</param>
public sealed record MergeRequest(string? Other, string? By);

/// <summary>Consent for a channel ("email" by default) and topic ("*", the default, for all), and where it was given.</summary>
/// <param name="By">Who changes it; audited.</param>
public sealed record ConsentRequest(
    bool? Granted,
    string? Channel = null,
    string? Topic = null,
    string? Origin = null,
    string? By = null
);

/// <summary>How much is kept of what a customer does from now on: full, anonymous or none. Who decided (by) is audited.</summary>
public sealed record TrackingRequest(string? Level, string? By = null);

/// <summary>One customer at a time, always current; and the list, from read models.</summary>
public static class CustomerEndpoints
{
    public const int MaxBy = 200;
    const int MaxRows = 500,
        MaxWord = 64;

    public static void AddCustomers(this IServiceCollection services, NameCache names)
    {
        services.AddSingleton(names);
        services.AddSingleton<MergeCustomers>(provider =>
            (source, target, by, join) =>
            {
                var customer = provider.GetRequiredService<IGrainFactory>().Customer(target);
                return join is null ? customer.MergeAsync(source, by) : customer.JoinAsync(source, join);
            }
        );
        services.AddSingleton<IdentityResolver>();
        services.AddSingleton<CustomerErasure>();
    }

    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/customers").WithTags("Customers").RequireSecretKey();
        group
            .MapGet("", ListAsync)
            .WithName("ListCustomers")
            .WithSummary(
                "Customers, page by page: known=, buyers=, limit=, next=; minPosition= waits for a position. Or the one of an id= (a user id or an anonymous id), userId=, anonymousId= or number=."
            );
        group
            .MapDelete("", EraseAsync)
            .WithName("EraseCustomerById")
            .WithSummary("The same as DELETE /v1/customers/{id}, for ids that are awkward in a path.")
            .Refuses(404);
        group
            .MapGet("{id}", GetAsync)
            .WithName("GetCustomer")
            .WithSummary("A customer by user id or anonymous id, as of this moment.")
            .Refuses(404);
        group
            .MapPost("{id}/merge", MergeAsync)
            .WithName("MergeCustomers")
            .WithSummary("Says that another customer is the same person; unmerge undoes it.")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapPost("{id}/unmerge", UnmergeAsync)
            .WithName("UnmergeCustomers")
            .WithSummary("Undoes a merge: the other's history, and what came in under its names since, goes back.")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapPost("{id}/consent", ChangeConsentAsync)
            .WithName("ChangeConsent")
            .WithSummary("Records consent for a channel and topic, or its withdrawal.")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapGet("{id}/consent", ReadConsentAsync)
            .WithName("ReadConsent")
            .WithSummary("What the customer allows now, and every change with its time and origin.")
            .Refuses(404);
        group
            .MapPost("{id}/tracking", ChangeTrackingAsync)
            .WithName("ChangeTracking")
            .WithSummary("Says how much is kept of what this customer does from now on: full, anonymous or none.")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapGet("{id}/never-show", ListHiddenAsync)
            .WithName("ListHiddenProducts")
            .WithSummary("The products that are never shown to this customer.")
            .Refuses(404);
        group
            .MapPut("{id}/never-show/{productId}", HideAsync)
            .WithName("HideProduct")
            .WithSummary("Never shows this product to this customer.")
            .Refuses(404, 409);
        group
            .MapDelete("{id}/never-show/{productId}", ShowAsync)
            .WithName("ShowProduct")
            .WithSummary("Shows the product to this customer again.")
            .Refuses(404, 409);
        group
            .MapDelete("{id}", EraseAsync)
            .WithName("EraseCustomer")
            .WithSummary("Erases the person for good: every name, key and merged customer. Answers with a receipt.")
            .Refuses(404);
    }

    static async Task<Results<Ok<CustomerResponse>, Problem>> GetAsync(
        string id,
        IdentityResolver identity,
        IGrainFactory grains,
        IStore store,
        ProductCatalogue catalogue,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown;
        var view = await grains.Customer(customer).ReadAsync();
        var names = await store.NamesOfAsync([view.Customer], cancel);
        return TypedResults.Ok(CustomerResponse.Of(view, names, catalogue));
    }

    static async Task<Results<Ok<CustomersResponse>, Problem>> ListAsync(
        IStore store,
        ReadModelPosition positions,
        IdentityResolver identity,
        CancellationToken cancel,
        [NeverEmpty] string? id = null,
        [NeverEmpty] string? userId = null,
        [NeverEmpty] string? anonymousId = null,
        [NeverEmpty] long? number = null,
        bool? known = null,
        bool? buyers = null,
        int limit = 50,
        string? next = null,
        long? minPosition = null
    )
    {
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        if (!long.TryParse(next ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            return Problem.BadPlace;
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;
        var isLookUp = (id ?? userId ?? anonymousId) is not null || number is not null;
        var rows = isLookUp
            ? await OneAsync(number ?? await identity.FindCustomerAsync(userId ?? id, anonymousId ?? id, cancel), store, cancel)
            : await store.ReadModels.ListCustomersAsync(new CustomerFilter(known, buyers), from, limit, cancel);
        var names = (await store.NamesOfAsync([.. rows.Select(row => row.Customer)], cancel)).ToLookup(name => name.Customer);
        return TypedResults.Ok(
            new CustomersResponse(
                [.. rows.Select(row => CustomerListItem.Of(row, names[row.Customer]))],
                rows.Count == limit && !isLookUp ? Wire.Number(rows[^1].Customer) : null,
                await store.ReadModels.PositionAsync(cancel)
            )
        );
    }

    static async ValueTask<IReadOnlyList<CustomerRow>> OneAsync(long? customer, IStore store, CancellationToken cancel) =>
        customer is { } number && (await store.ReadModels.CustomersAsync([number], cancel)).TryGetValue(number, out var row)
            ? [row]
            : [];

    static async Task<Results<Ok<MergedResponse>, Problem>> MergeAsync(
        string id,
        MergeRequest request,
        IdentityResolver identity,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (BadBy(request.By) is { } badBy)
            return badBy;
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown;
        if (request.Other is null || await identity.FindCustomerAsync(request.Other, request.Other, cancel) is not { } source)
            return Problem.BadField(
                "other",
                "There is no customer of this id.",
                "Send the user id or anonymous id of the other customer."
            );
        var outcome = await identity.MergeAsync(source, target, request.By!, cancel);
        if (outcome == MergeOutcome.NamesMoved)
            return Problem.Conflict("A name was moved meanwhile.", "Send the call again.");
        await store.AuditAsync(request.By!, "merge", $"{source} into {target}", time.Now, cancel);
        return TypedResults.Ok(new MergedResponse(outcome == MergeOutcome.Merged, Wire.Number(source), Wire.Number(target)));
    }

    static async Task<Results<Ok<UnmergedResponse>, Problem>> UnmergeAsync(
        string id,
        MergeRequest request,
        IdentityResolver identity,
        IGrainFactory grains,
        NameCache cache,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (BadBy(request.By) is { } badBy)
            return badBy;
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } target)
            return Unknown;
        if (!long.TryParse(request.Other, NumberStyles.None, CultureInfo.InvariantCulture, out var source))
            return Problem.BadField(
                "other",
                "other is not a customer's number.",
                "Send the number that the merge answered with as source."
            );
        var names = await store.NamesOfAsync([target], cancel);
        var unmerged = source != target && await grains.Customer(target).UnmergeAsync(source, request.By!);
        foreach (var name in names)
            cache.Forget(name);
        if (!unmerged)
            return Problem.Conflict(
                "These two were not merged, or have been unmerged already.",
                "Send the source of the merge that is to be undone, to the customer that was its target."
            );
        await store.AuditAsync(request.By!, "unmerge", $"{source} from {target}", time.Now, cancel);
        return TypedResults.Ok(new UnmergedResponse(true, Wire.Number(source), Wire.Number(target)));
    }

    static Problem? BadBy(string? by) =>
        string.IsNullOrWhiteSpace(by)
            ? Problem.BadField("by", "by is missing.", "Say who decided this; it is audited.")
            : Problem.TooLong(("by", by, MaxBy));

    static async Task<Results<NoContent, Problem>> ChangeConsentAsync(
        string id,
        ConsentRequest request,
        IdentityResolver identity,
        IGrainFactory grains,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (request.Granted is not { } granted)
            return Problem.BadField("granted", "granted is missing.", "Send true or false.");
        if (
            Problem.TooLong(
                ("channel", request.Channel, MaxWord),
                ("topic", request.Topic, MaxWord),
                ("origin", request.Origin, MaxBy),
                ("by", request.By, MaxBy)
            ) is
            { } tooLong
        )
            return tooLong;
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown;
        var change = new ConsentChanged
        {
            Time = time.Now,
            Channel = request.Channel ?? "email",
            Topic = request.Topic ?? "*",
            Granted = granted,
            Origin = request.Origin ?? "api",
        };
        await grains.Customer(customer).ChangeConsentAsync(change);
        var what = granted ? "grant consent" : "withdraw consent";
        await store.AuditAsync(request.By ?? "secret key", what, $"{customer}, {change.Channel}", change.Time, cancel);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<ConsentsResponse>, Problem>> ReadConsentAsync(
        string id,
        IdentityResolver identity,
        IGrainFactory grains,
        CancellationToken cancel
    ) =>
        await identity.FindCustomerAsync(id, id, cancel) is { } customer
            ? TypedResults.Ok(ConsentsResponse.Of(await grains.Customer(customer).ReadAsync()))
            : Unknown;

    static async Task<Results<NoContent, Problem>> ChangeTrackingAsync(
        string id,
        TrackingRequest request,
        IdentityResolver identity,
        IGrainFactory grains,
        IStore store,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (TrackingWords.LevelOf(request.Level) is not { } level)
            return Problem.BadField("level", "level is missing or not one that is known.", "Send full, anonymous or none.");
        if (Problem.TooLong(("by", request.By, MaxBy)) is { } tooLong)
            return tooLong;
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown;
        var by = request.By ?? "secret key";
        await grains
            .Customer(customer)
            .ChangeTrackingAsync(
                new TrackingChanged
                {
                    Time = time.Now,
                    Level = level,
                    By = by,
                }
            );
        await store.AuditAsync(by, $"tracking {level.Word()}", $"{customer}", time.Now, cancel);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<NeverShowResponse>, Problem>> ListHiddenAsync(
        string id,
        IdentityResolver identity,
        IGrainFactory grains,
        ProductCatalogue catalogue,
        CancellationToken cancel
    ) =>
        await identity.FindCustomerAsync(id, id, cancel) is { } customer
            ? TypedResults.Ok(NeverShowResponse.Of(await grains.Customer(customer).ReadAsync(), catalogue))
            : Unknown;

    static Task<Results<NoContent, Problem>> HideAsync(
        string id,
        string productId,
        IdentityResolver identity,
        IGrainFactory grains,
        ProductCatalogue catalogue,
        ShopClock time,
        CancellationToken cancel
    ) => SetHiddenAsync(id, productId, true, identity, grains, catalogue, time, cancel);

    static Task<Results<NoContent, Problem>> ShowAsync(
        string id,
        string productId,
        IdentityResolver identity,
        IGrainFactory grains,
        ProductCatalogue catalogue,
        ShopClock time,
        CancellationToken cancel
    ) => SetHiddenAsync(id, productId, false, identity, grains, catalogue, time, cancel);

    static async Task<Results<NoContent, Problem>> SetHiddenAsync(
        string id,
        string productId,
        bool hidden,
        IdentityResolver identity,
        IGrainFactory grains,
        ProductCatalogue catalogue,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (await identity.FindCustomerAsync(id, id, cancel) is not { } customer)
            return Unknown;
        if (!catalogue.TryNumber(productId, out var product))
            return Problem.NotFound("There is no product of this id.", "Use an id of the catalogue.");
        var change = new NeverShow
        {
            Time = time.Now,
            Product = product,
            Hidden = hidden,
        };
        await grains.Customer(customer).HideAsync(change);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<ErasureResponse>, Problem>> EraseAsync(
        string id,
        IdentityResolver identity,
        CustomerErasure erasure,
        CancellationToken cancel
    ) =>
        await identity.FindCustomerAsync(id, id, cancel) is { } customer
            ? TypedResults.Ok(await erasure.EraseAsync(customer, "secret key", cancel))
            : Unknown;

    static readonly Problem Unknown = Problem.NotFound(
        "There is no customer of this id.",
        "Use a user id or an anonymous id that has been tracked."
    );
}

using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Experiments;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Keys;
using Personalization.Languages;
using Personalization.Problems;
using Personalization.Recommendations.Filters;
using Personalization.Shop;
using Personalization.Tracking;

namespace Personalization.Recommendations;

/// <summary>What to show this visitor, here, now, and why (R10 to R17); and what goes with a product or a cart.</summary>
public static class RecommendationEndpoints
{
    const int MaxItems = 100;

    public static void AddRecommendations(this IServiceCollection services, RecommendationId ids) =>
        services
            .AddSingleton(ids)
            .AddSingleton<AnswerSources>()
            .AddSingleton<AnswerCounts>()
            .AddHostedService(services => services.GetRequiredService<AnswerCounts>())
            .AddSingleton<CarriedIds>()
            .AddSingleton<RecommendationResponses>();

    public static void MapRecommendations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Recommendations").Refuses(400, 401, 403);
        group
            .MapGet("recommendations", RecommendAsync)
            .WithName("Recommend")
            .WithSummary(
                "Recommends products to a known customer, a cookie visitor or a stranger, with the reason for each. With the secret key, or with a visitor's own X-Visitor-Token."
            )
            .RequireCors(Origins.Policy)
            .RequireAuthorization(Policies.Visitor);
        group
            .MapGet("bundles", BundleAsync)
            .WithName("Bundle")
            .WithSummary(
                "Products that go together with productId, or with the customer's cart, within a budget. With the secret key, or with a visitor's own X-Visitor-Token."
            )
            .RequireCors(Origins.Policy)
            .RequireAuthorization(Policies.Visitor);
    }

    static async Task<Results<Ok<RecommendationsResponse>, Problem>> RecommendAsync(
        ClaimsPrincipal caller,
        [AsParameters] RecommendationServices services,
        string? userId,
        string? anonymousId,
        string? placement,
        string? productId,
        string? category,
        string? filter,
        string? exclude,
        string? fields,
        string? language,
        int limit = 10
    )
    {
        var (http, catalogue, identity, visitors, _, _, languages, _, _, cancel) = services;
        // A visitor is shown their own whatever the address says.
        if (!caller.IsSecret())
        {
            if (await visitors.OfAsync(caller, cancel) is not { } pass)
                return Visitors.NotYours;
            (userId, anonymousId) = (pass.UserId, pass.AnonymousId);
        }
        if (Presentation.Read(http, !caller.IsSecret(), fields, language, languages, out var presentation) is { } bad)
            return bad;
        if (!TryQuery(catalogue.Products, placement, productId, category, filter, exclude, limit, out var query, out var problem))
            return problem;
        var customer = await identity.FindCustomerAsync(userId, anonymousId, cancel);
        query = query with { Visitor = IsMachine(http, caller) ? null : Experiment.KeyOf(userId, anonymousId) };
        return TypedResults.Ok(await AnswerAsync(customer, query, presentation, services));
    }

    /// <summary>What a shop's server calls with says nothing about the visitor.</summary>
    static bool IsMachine(HttpContext http, ClaimsPrincipal caller) =>
        !caller.IsSecret() && MachineTraffic.IsMachine((string?)http.Request.Headers.UserAgent);

    /// <summary>A name that is not known is a first visit: answered, and not remembered for having asked.</summary>
    internal static async Task<RecommendationsResponse> AnswerAsync(
        long? customer,
        RecommendationQuery query,
        Presentation presentation,
        RecommendationServices services
    )
    {
        var recommended = customer is { } known
            ? await services.Grains.Customer(known).RecommendAsync(query)
            : new Customer(new CustomerState(0)).Recommend(query, services.Time.Now, services.Shop.Current);
        return services.Responses.Of(customer ?? 0, query.Placement, recommended, presentation, services.Http.Response);
    }

    static async Task<Results<Ok<BundleResponse>, Problem>> BundleAsync(
        ClaimsPrincipal caller,
        [AsParameters] RecommendationServices services,
        string? userId,
        string? anonymousId,
        string? productId,
        string? filter,
        string? fields,
        string? language,
        decimal budget,
        int limit = 3
    )
    {
        var (http, catalogue, identity, visitors, grains, responses, languages, shop, time, cancel) = services;
        if (!caller.IsSecret())
        {
            if (await visitors.OfAsync(caller, cancel) is not { } pass)
                return Visitors.NotYours;
            (userId, anonymousId) = (pass.UserId, pass.AnonymousId);
        }
        if (Presentation.Read(http, !caller.IsSecret(), fields, language, languages, out var presentation) is { } bad)
            return bad;
        if (budget <= 0)
            return Problem.BadField("budget", "budget is not above 0.", "Send what the added products may cost together.");
        if (!TryQuery(catalogue.Products, "cart", productId, null, filter, null, limit, out var query, out var problem))
            return problem;
        var customer = await identity.FindCustomerAsync(userId, anonymousId, cancel);
        var bundle = customer is { } known
            ? await grains.Customer(known).BundleAsync(query, budget)
            : new Customer(new CustomerState(0)).Bundle(query, budget, time.Now, shop.Current);
        return TypedResults.Ok(responses.Of(bundle, presentation, http.Response));
    }

    /// <summary>What an answer is made by.</summary>
    internal readonly record struct RecommendationServices(
        HttpContext Http,
        CatalogueService Catalogue,
        IdentityResolver Identity,
        Visitors Visitors,
        IGrainFactory Grains,
        RecommendationResponses Responses,
        ShopLanguages Languages,
        CurrentShop Shop,
        ShopClock Time,
        CancellationToken Cancel
    );

    /// <summary>Products already shown elsewhere on the page; unknown ids exclude nothing.</summary>
    static int[] NumbersOf(string? ids, ProductCatalogue catalogue)
    {
        if (ids is null)
            return [];
        var numbers = new List<int>();
        foreach (var id in ids.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (catalogue.TryNumber(id, out var number))
                numbers.Add(number);
        return [.. numbers];
    }

    internal static bool TryQuery(
        ProductCatalogue catalogue,
        string? placement,
        string? productId,
        string? category,
        string? filter,
        string? exclude,
        int limit,
        out RecommendationQuery query,
        out Problem problem
    )
    {
        (query, problem) = (null!, null!);
        var where = Placement.Home;
        if (placement is not null && !PlacementNames.TryParse(placement, out where))
            problem = Problem.BadField(
                "placement",
                "There is no such placement.",
                $"Use one of {string.Join(", ", PlacementNames.All)}."
            );
        else if (Problem.BadLimit(limit, MaxItems) is { } badLimit)
            problem = badLimit;
        else if (where == Placement.Product && productId is null)
            problem = Problem.BadField(
                "productId",
                "productId is missing, and placement=product needs it.",
                "Send the id of the product whose page is shown."
            );
        if (problem is not null)
            return false;

        var number = -1;
        if (productId is not null && !catalogue.TryNumber(productId, out number))
            number = -1;
        var node = -1;
        if (category is not null && !catalogue.Categories.TryFind(category, out node))
            problem = Problem.BadField(
                "category",
                "There is no such category.",
                "Use a category's name or path as the catalogue has it."
            );
        Filter? parsed = null;
        if (problem is null && filter is not null && !Filter.TryParse(filter, out parsed, out var error))
            problem = Problem.BadField("filter", $"{error.Message} (at character {error.Position + 1})", error.Remedy);
        if (problem is not null)
            return false;
        // The page of an unknown product says nothing about the visitor: answered as the home page would be.
        if (where == Placement.Product && number < 0)
            where = Placement.Home;
        query = new RecommendationQuery(where, limit)
        {
            Product = number,
            Category = node < 0 ? null : catalogue.Categories.PathOf(node),
            Filter = parsed,
            Exclude = NumbersOf(exclude, catalogue),
        };
        return true;
    }
}

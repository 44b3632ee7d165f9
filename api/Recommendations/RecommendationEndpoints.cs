using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Identity;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Recommendations.Filters;
using Personalization.Shop;

namespace Personalization.Recommendations;

/// <summary><c>GET /v1/recommendations</c>: what to show this visitor, here, now, and why (R10 to R17).</summary>
/// <remarks>What it needs is put in once, when the paths are mapped: asking a request for services makes a scope for each.</remarks>
public sealed class RecommendationEndpoints(
    ApiKeys keys,
    VisitorToken tokens,
    IdentityResolver identity,
    IGrainFactory grains,
    CatalogueService catalogue,
    RecommendationJson renderer,
    CurrentShop shop,
    ShopClock time
)
{
    const int MaxItems = 100;

    static readonly Dictionary<string, Placement> Placements = new(StringComparer.OrdinalIgnoreCase)
    {
        ["home"] = Placement.Home,
        ["product"] = Placement.Product,
        ["cart"] = Placement.Cart,
        ["checkout"] = Placement.Checkout,
        ["recently-viewed"] = Placement.RecentlyViewed,
        ["email"] = Placement.Email,
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/recommendations", RecommendAsync)
            .WithTags("Recommendations")
            .RequireCors(Hosting.Origins.Policy)
            .WithSummary(
                "Recommends products to a known customer, a cookie visitor or a stranger, with the reason for each. With the secret key, or with a visitor's own X-Visitor-Token."
            );
        routes
            .MapGet("/v1/bundles", BundleAsync)
            .WithTags("Recommendations")
            .RequireKey(KeyKind.Secret)
            .WithSummary("Products that go together with productId, or with the customer's cart, within a budget.");
    }

    async Task<IResult> RecommendAsync(
        HttpContext http,
        string? userId,
        string? anonymousId,
        string? placement,
        string? productId,
        string? category,
        string? filter,
        string? exclude,
        int limit = 10
    )
    {
        if (
            keys.KindOfHeader(http.Request.Headers.Authorization) is var key and not KeyKind.Secret
            && !tokens.TryRead(http.Request.Headers[RequireKeyFilter.VisitorHeader], out userId, out anonymousId)
        )
            return RequireKeyFilter.Refusal(key).ToResult();
        if (!TryQuery(catalogue.Products, placement, productId, category, filter, exclude, limit, out var query, out var problem))
            return problem.ToResult();
        var customer = await identity.FindCustomerAsync(userId, anonymousId, http.RequestAborted);
        // A name nobody has heard of is a first visit: answered, and not remembered for having asked.
        var recommended = customer is { } known
            ? await grains.Customer(known).RecommendAsync(query)
            : new Customer(new CustomerState(0)).Recommend(query, time.Now, shop.Current);
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter, Hosting.JsonAnswer.Options))
            renderer.Write(json, customer ?? 0, query.Placement, recommended);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        return Results.Empty;
    }

    async Task<IResult> BundleAsync(
        HttpContext http,
        string? userId,
        string? anonymousId,
        string? productId,
        string? filter,
        decimal budget,
        int limit = 3
    )
    {
        if (budget <= 0)
            return Problem.BadField("budget", "It is not above 0.", "Send what the added products may cost together.").ToResult();
        if (!TryQuery(catalogue.Products, "cart", productId, null, filter, null, limit, out var query, out var problem))
            return problem.ToResult();
        var customer = await identity.FindCustomerAsync(userId, anonymousId, http.RequestAborted);
        var bundle = customer is { } known
            ? await grains.Customer(known).BundleAsync(query, budget)
            : new Customer(new CustomerState(0)).Bundle(query, budget, time.Now, shop.Current);
        return new Hosting.JsonAnswer(json => renderer.Write(json, bundle));
    }

    /// <summary>Products already shown elsewhere on the page; ids nobody knows exclude nothing.</summary>
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

    static bool TryQuery(
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
        if (placement is not null && !Placements.TryGetValue(placement, out where))
            problem = Problem.BadField(
                "placement",
                "There is no such placement.",
                $"Use one of {string.Join(", ", Placements.Keys)}."
            );
        else if (limit is < 1 or > MaxItems)
            problem = Problem.BadField("limit", $"It is not between 1 and {MaxItems}.", "Ask for fewer products.");
        else if (where == Placement.Product && productId is null)
            problem = Problem.BadField(
                "productId",
                "It is missing, and placement=product needs it.",
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
        // The page of a product nobody has heard of says nothing about the visitor: answered as the home page would be.
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

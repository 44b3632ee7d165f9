using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Problems;

namespace Personalization.Keys;

/// <summary>What a page shows a visitor of their own: what they looked at and marked, newest first, their cart and an unfinished checkout.</summary>
public sealed record VisitorResponse(
    IReadOnlyList<VisitorProduct> RecentlyViewed,
    IReadOnlyList<VisitorProduct> Favourites,
    IReadOnlyList<VisitorLine> Cart,
    VisitorDraft? DraftOrder = null
);

/// <summary>A product as the catalogue has it.</summary>
/// <param name="Currency">Left out for the shop's own.</param>
public sealed record VisitorProduct(
    string ProductId,
    string? Title = null,
    decimal? Price = null,
    string? Currency = null,
    string? Url = null,
    string? ImageUrl = null
);

/// <param name="Price">Of one piece, as it was put in the cart; left out where it was not given.</param>
public sealed record VisitorLine(VisitorProduct Product, int Quantity, decimal? Price = null);

/// <summary>A checkout that was started and not finished.</summary>
public sealed record VisitorDraft(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? OrderId,
    decimal Amount,
    IReadOnlyList<VisitorLine> Lines
);

/// <summary><c>GET /v1/visitor</c>: what a visitor's token opens beside recommendations.</summary>
public static class VisitorEndpoints
{
    public static void MapVisitor(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/visitor", GetAsync)
            .WithName("GetVisitor")
            .WithTags("Keys")
            .WithSummary(
                "A visitor's own lists and cart, with what the catalogue says of the products. With the visitor's X-Visitor-Token, or with the secret key and userId= or anonymousId=."
            )
            .RequireCors(Origins.Policy)
            .RequireAuthorization(Policies.Visitor)
            .Refuses(400, 401, 403, 404);

    static async Task<Results<Ok<VisitorResponse>, Problem>> GetAsync(
        ClaimsPrincipal caller,
        Visitors visitors,
        IdentityResolver identity,
        IGrainFactory grains,
        ProductCatalogue catalogue,
        CancellationToken cancel,
        string? userId = null,
        string? anonymousId = null
    )
    {
        var customer = caller.IsSecret()
            ? await identity.FindCustomerAsync(userId, anonymousId, cancel)
            : (await visitors.OfAsync(caller, cancel))?.Customer;
        if (customer is null)
            return caller.IsSecret() ? Unknown : Visitors.NotYours;
        return TypedResults.Ok(Of(await grains.Customer(customer.Value).ReadAsync(), catalogue));
    }

    static readonly Problem Unknown = Problem.NotFound(
        "There is no visitor of this id.",
        "Send userId or anonymousId of one that has been tracked, or the visitor's own X-Visitor-Token."
    );

    static VisitorResponse Of(CustomerView view, ProductCatalogue catalogue) =>
        new(
            [.. view.RecentlyViewed.Select(number => ProductOf(number, catalogue)).OfType<VisitorProduct>()],
            [.. view.Favourites.Select(number => ProductOf(number, catalogue)).OfType<VisitorProduct>()],
            LinesOf(view.Cart.Select(line => (line.Product, line.Quantity, line.Price)), catalogue),
            view.Draft is { } draft
                ? new VisitorDraft(
                    draft.Reference,
                    Wire.Money(draft.Amount),
                    LinesOf(draft.Lines.Select(line => (line.Product, line.Quantity, line.Price)), catalogue)
                )
                : null
        );

    static List<VisitorLine> LinesOf(IEnumerable<(int Product, int Quantity, long Price)> lines, ProductCatalogue catalogue) =>
        [
            .. from line in lines
            let product = ProductOf(line.Product, catalogue)
            where product is not null
            select new VisitorLine(product, line.Quantity, line.Price > 0 ? Wire.Money(line.Price) : null),
        ];

    /// <summary>Null where the catalogue no longer has it, or hides it.</summary>
    static VisitorProduct? ProductOf(int number, ProductCatalogue catalogue) =>
        catalogue[number] is { Hidden: false } product
            ? new VisitorProduct(product.Id, product.Title, product.Price, product.Currency, product.Url, product.ImageUrl)
            : null;
}

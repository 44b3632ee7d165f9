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
    IReadOnlyList<ShownProduct> RecentlyViewed,
    IReadOnlyList<ShownProduct> Favourites,
    IReadOnlyList<VisitorLine> Cart,
    VisitorDraft? DraftOrder = null
);

/// <param name="Price">Of one piece, as it was put in the cart; left out where it was not given.</param>
public sealed record VisitorLine(ShownProduct Product, int Quantity, decimal? Price = null);

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
        ShopConfiguration shop,
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
        return TypedResults.Ok(
            Of(await grains.Customer(customer.Value).ReadAsync(), new Showing(catalogue, shop.Currency.ToString()))
        );
    }

    static readonly Problem Unknown = Problem.NotFound(
        "There is no visitor of this id.",
        "Send userId or anonymousId of one that has been tracked, or the visitor's own X-Visitor-Token."
    );

    static VisitorResponse Of(CustomerView view, in Showing showing) =>
        new(
            showing.Products(view.RecentlyViewed),
            showing.Products(view.Favourites),
            showing.Lines(view.Cart.Select(line => (line.Product, line.Quantity, line.Price))),
            view.Draft is { } draft
                ? new VisitorDraft(
                    draft.Reference,
                    Wire.Money(draft.Amount),
                    showing.Lines(draft.Lines.Select(line => (line.Product, line.Quantity, line.Price)))
                )
                : null
        );

    /// <summary>Products with all that the catalogue says; those that it no longer has, or hides, are left out.</summary>
    readonly record struct Showing(ProductCatalogue Catalogue, string Currency)
    {
        public List<ShownProduct> Products(int[] numbers)
        {
            var products = new List<ShownProduct>(numbers.Length);
            foreach (var number in numbers)
                if (Product(number) is { } product)
                    products.Add(product);
            return products;
        }

        public List<VisitorLine> Lines(IEnumerable<(int Product, int Quantity, long Price)> lines)
        {
            var shown = new List<VisitorLine>();
            foreach (var (number, quantity, price) in lines)
                if (Product(number) is { } product)
                    shown.Add(new VisitorLine(product, quantity, price > 0 ? Wire.Money(price) : null));
            return shown;
        }

        ShownProduct? Product(int number)
        {
            if (Catalogue[number] is not { Hidden: false } product)
                return null;
            var shown = new ShownProduct { ProductId = product.Id };
            shown.Show(product, ShownFields.All, Currency);
            return shown;
        }
    }
}

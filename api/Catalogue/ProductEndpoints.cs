using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Personalization.Hosting;
using Personalization.Keys;
using Personalization.Problems;

namespace Personalization.Catalogue;

/// <summary>What came of an upsert: how many products were taken, and what is wrong with the others.</summary>
public sealed record ProductsResponse(int Accepted, IReadOnlyList<ItemProblem> Errors);

/// <param name="Next">Where the list goes on; null at its end.</param>
public sealed record ProductListResponse(
    IReadOnlyList<ProductBody> Products,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next
);

/// <summary>
/// Products: <c>PUT /v1/products</c> (NDJSON, a JSON array or CSV), the list of them and several at once, and each by its id,
/// in the path or as <c>?id=</c>.
/// </summary>
public static class ProductEndpoints
{
    const long MaxFeed = 100 * 1024 * 1024;
    const int MaxRows = 500;

    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/products").WithTags("Products").RequireSecretKey();
        group
            .MapPut("", UpsertAsync)
            .WithName("UpsertProducts")
            .WithSummary("Adds or changes products: NDJSON, a JSON array or CSV. Absent fields stay, null empties.")
            .Accepts<ProductBody[]>("application/json", "application/x-ndjson", "text/csv")
            .AddOpenApiOperationTransformer(
                (operation, _, _) =>
                {
                    foreach (var type in new[] { "application/x-ndjson", "text/csv" })
                        operation.RequestBody!.Content![type].Schema = new OpenApiSchema { Type = JsonSchemaType.String };
                    return Task.CompletedTask;
                }
            )
            .WithMetadata(new RequestSizeLimitAttribute(MaxFeed))
            .Refuses(400, 413, 415);
        group
            .MapGet("", List)
            .WithName("ListProducts")
            .WithSummary(
                "Products in the order they became known: category= (and what is below it), hidden=, standing=named|claimed, q= (in title or id), limit=, next=; or up to 500 by their ids: id=a&id=b, in that order, without those that are unknown."
            );
        group
            .MapDelete("", DeleteAsync)
            .WithName("DeleteProductById")
            .WithSummary("The same as DELETE /v1/products/{id}, for ids that are awkward in a path.")
            .Refuses(404);
        group
            .MapDelete("{id}", DeleteAsync)
            .WithName("DeleteProduct")
            .WithSummary("Takes a product out of every answer at once. History keeps it; a later upsert brings it back.")
            .Refuses(404);
        group.MapGet("{id}", Get).WithName("GetProduct").WithSummary("A product as the catalogue has it.").Refuses(404);
    }

    static async Task<Results<Ok<ProductsResponse>, Problem>> UpsertAsync(
        HttpRequest request,
        CatalogueService catalogue,
        CancellationToken cancel
    )
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancel);
        var rows = ProductRows.Read(body.GetBuffer().AsMemory(0, (int)body.Length), request.ContentType);
        if (rows.Problem is { } problem)
            return problem;
        if (rows.Good.Count == 0)
            return rows.Bad.Count > 0
                ? Problem.BadItems(rows.Bad)
                : Problem.BadBody("There is no product in the body.", "Send at least one.");
        await catalogue.UpsertAsync(rows.Good, cancel);
        return TypedResults.Ok(new ProductsResponse(rows.Good.Count, rows.Bad));
    }

    static Results<Ok<ProductListResponse>, Problem> List(
        ProductCatalogue catalogue,
        [NeverEmpty] string[]? id,
        string? category,
        bool? hidden,
        string? standing,
        string? q,
        string? next,
        int limit = 50
    )
    {
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        if (id is { Length: > 0 })
            return id.Length > MaxRows
                ? Problem.BadField("id", $"These are more than {MaxRows} ids.", "Ask for the others by another call.")
                : TypedResults.Ok(
                    new ProductListResponse([.. id.Select(one => Find(one, catalogue)).OfType<ProductBody>()], null)
                );
        var node = -1;
        if (category is not null && !catalogue.Categories.TryFind(category, out node))
            return Problem.BadField(
                "category",
                "There is no such category.",
                "Use a category's name or path as the catalogue has it."
            );
        if (standing is not (null or "named" or "claimed"))
            return Problem.BadField("standing", "There is no such standing.", "Use named or claimed.");
        if (!int.TryParse(next ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            return Problem.BadPlace;

        var products = new List<ProductBody>();
        for (; from < catalogue.Count && products.Count < limit; from++)
            if (
                catalogue[from] is { Standing: not ProductStanding.Deleted } product
                && (node < 0 || catalogue.IsIn(from, node))
                && (hidden is null || product.Hidden == hidden)
                && (standing is null || product.Standing == ProductStanding.Named == (standing == "named"))
                && (q is null || Contains(product.Title, q) || Contains(product.Id, q))
            )
                products.Add(ProductBody.Of(product));
        return TypedResults.Ok(
            new ProductListResponse(products, from < catalogue.Count ? from.ToString(CultureInfo.InvariantCulture) : null)
        );
    }

    static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    static async Task<Results<NoContent, Problem>> DeleteAsync(string id, CatalogueService catalogue, CancellationToken cancel) =>
        await catalogue.DeleteAsync(id, cancel) ? TypedResults.NoContent() : NoSuch;

    static readonly Problem NoSuch = Problem.NotFound(
        "There is no product of this id.",
        "Add it with PUT /v1/products, or track an event about it with the secret key."
    );

    static Results<Ok<ProductBody>, Problem> Get(string id, ProductCatalogue catalogue) =>
        Find(id, catalogue) is { } product ? TypedResults.Ok(product) : NoSuch;

    static ProductBody? Find(string id, ProductCatalogue catalogue) =>
        catalogue.TryNumber(id, out var number) && catalogue[number] is { Standing: not ProductStanding.Deleted } product
            ? ProductBody.Of(product)
            : null;
}

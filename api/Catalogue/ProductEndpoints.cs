using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using Personalization.Keys;
using Personalization.Problems;

namespace Personalization.Catalogue;

/// <summary>What came of an upsert: how many products were taken, and what is wrong with the others.</summary>
public sealed record ProductsResponse(int Accepted, IReadOnlyList<ItemProblem> Errors);

/// <summary>Products: <c>PUT /v1/products</c> (NDJSON, a JSON array or CSV), <c>GET</c> and <c>DELETE /v1/products/{id}</c>.</summary>
public static class ProductEndpoints
{
    const long MaxFeed = 100 * 1024 * 1024;

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

    static async Task<Results<NoContent, Problem>> DeleteAsync(string id, CatalogueService catalogue, CancellationToken cancel) =>
        await catalogue.DeleteAsync(id, cancel) ? TypedResults.NoContent() : NoSuch;

    static readonly Problem NoSuch = Problem.NotFound(
        "There is no product of this id.",
        "Add it with PUT /v1/products, or track an event about it with the secret key."
    );

    static Results<Ok<ProductBody>, Problem> Get(string id, ProductCatalogue catalogue) =>
        catalogue.TryNumber(id, out var number) && catalogue[number] is { Standing: not ProductStanding.Deleted } product
            ? TypedResults.Ok(ProductBody.Of(product))
            : NoSuch;
}

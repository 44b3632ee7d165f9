using Personalization.Keys;
using Personalization.Problems;

namespace Personalization.Catalogue;

/// <summary>What came of an upsert: how many products were taken, and what is wrong with the others.</summary>
public sealed record UpsertAnswer(int Accepted, IReadOnlyList<ItemProblem> Errors);

/// <summary>Products: <c>PUT /v1/products</c> (NDJSON, a JSON array or CSV), <c>GET /v1/products/{id}</c>.</summary>
public static class ProductEndpoints
{
    const long LargestFeed = 100 * 1024 * 1024;

    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/products").WithTags("Products").RequireKey(KeyKind.Secret);
        group
            .MapPut("", UpsertAsync)
            .WithSummary("Adds or changes products: NDJSON, a JSON array or CSV. Absent fields stay, null empties.")
            .Accepts<string>("application/x-ndjson", "application/json", "text/csv")
            .Produces<UpsertAnswer>()
            .ProducesProblem(400)
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(LargestFeed));
        group.MapGet("{id}", Get).WithSummary("A product as the catalogue has it.").ProducesProblem(404);
    }

    static async Task<IResult> UpsertAsync(HttpRequest request, CatalogueService catalogue, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancel);
        var rows = ProductRows.Read(body.GetBuffer().AsMemory(0, (int)body.Length), request.ContentType);
        if (rows.Problem is { } problem)
            return problem.ToResult();
        if (rows.Good.Count == 0)
            return (
                rows.Bad.Count > 0
                    ? Problem.BadItems(rows.Bad)
                    : Problem.BadBody("There is no product in the body.", "Send at least one.")
            ).ToResult();
        await catalogue.UpsertAsync(rows.Good, cancel);
        return TypedResults.Ok(new UpsertAnswer(rows.Good.Count, rows.Bad));
    }

    static IResult Get(string id, CatalogueService catalogue) =>
        catalogue.Products.TryNumber(id, out var number) && catalogue.Products[number] is { } product
            ? TypedResults.Bytes(ProductJson.Write(product), "application/json")
            : Problem
                .NotFound("There is no product of this id.", "Add it with PUT /v1/products, or track an event about it.")
                .ToResult();
}

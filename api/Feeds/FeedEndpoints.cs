using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;
using Personalization.Keys;
using Personalization.Problems;

namespace Personalization.Feeds;

/// <param name="Result">never, read, unchanged, shrunk or failed.</param>
/// <param name="Error">What went wrong, and what to do.</param>
/// <param name="Products">Products in it when it was last read.</param>
/// <param name="Hidden">Products that it no longer holds and that are therefore hidden.</param>
/// <param name="Problems">What could not be used, and how often.</param>
/// <param name="Next">When it is fetched next.</param>
public sealed record FeedResponse(
    string Name,
    FeedResult Result,
    DateTimeOffset? FetchedAt,
    string? Error,
    int Products,
    int Hidden,
    IReadOnlyDictionary<string, int> Problems,
    DateTimeOffset Next
);

public sealed record FeedsResponse(IReadOnlyList<FeedResponse> Items);

/// <summary>The product feeds that the shop's settings name.</summary>
public static class FeedEndpoints
{
    public static void AddFeeds(this IServiceCollection services, CatalogueSettings settings)
    {
        services.AddSingleton(_ => new FeedSource(settings.AllowPrivateFeeds));
        services.AddSingleton<ProductFeeds>();
    }

    public static void MapFeeds(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/feeds").WithTags("Products").RequireSecretKey();
        group.MapGet("", ListAsync).WithName("ListFeeds").WithSummary("The product feeds, and what became of each.");
        group
            .MapPost("{name}/fetch", FetchAsync)
            .WithName("FetchFeed")
            .WithSummary("Fetches a feed now: behind the answer, within seconds.")
            .Refuses(404);
    }

    static async Task<Ok<FeedsResponse>> ListAsync(ProductFeeds feeds, CancellationToken cancel)
    {
        var all = new List<FeedResponse>();
        foreach (var feed in feeds.All)
            all.Add(Response(feeds, feed, await feeds.StateAsync(feed, cancel)));
        return TypedResults.Ok(new FeedsResponse(all));
    }

    static async Task<Results<Ok<FeedResponse>, Problem>> FetchAsync(string name, ProductFeeds feeds, CancellationToken cancel) =>
        feeds.All.FirstOrDefault(feed => feed.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } feed
            ? TypedResults.Ok(Response(feeds, feed, await feeds.AskAsync(feed, cancel)))
            : Problem.NotFound("There is no feed of this name.", "Set Catalogue:Feeds:NAME:Url, or use a name of GET /v1/feeds.");

    static FeedResponse Response(ProductFeeds feeds, FeedSettings feed, FeedState state) =>
        new(
            feed.Name,
            state.Result,
            state.FetchedAt,
            state.Error,
            state.Products,
            state.Hidden,
            state.Problems,
            feeds.NextOf(feed, state)
        );
}

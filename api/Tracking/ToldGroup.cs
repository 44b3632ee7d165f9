using Personalization.Catalogue;
using Personalization.Limits;

namespace Personalization.Tracking;

/// <summary>
/// What events tell of products, on its way into the catalogue. The catalogue takes one change at a time, durably: what
/// comes while it is busy goes in together, so that a shop that is new here waits for a few writes and not for one a product.
/// </summary>
sealed class ToldGroup(CatalogueService catalogue, ClaimedProducts claimed) : IDisposable
{
    readonly SemaphoreSlim _writing = new(1);
    readonly List<(int Number, ProductPatch Patch)> _waiting = [];

    /// <summary>Fills what the catalogue lacks. Where writing fails only one of those who wait learns of it: the next event tells it again.</summary>
    public async ValueTask FillAsync(IReadOnlyList<IncomingCall> calls, CancellationToken cancel)
    {
        var news = false;
        foreach (var call in calls)
            news |= Wait(call);
        if (!news)
            return;
        await _writing.WaitAsync(cancel);
        try
        {
            if (Take() is { Length: > 0 } group)
                await catalogue.FillAsync(group, cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Puts in line what is news; false when nothing is.</summary>
    bool Wait(IncomingCall call)
    {
        var news = false;
        foreach (var line in call.Lines)
        {
            if (line.Fields is not { } fields || !catalogue.Products.TryNumber(line.ProductId, out var number))
                continue;
            if (catalogue.Products[number] is not { Standing: ProductStanding.Named } product || !Lacks(product, fields))
                continue;
            lock (_waiting)
                _waiting.Add((number, WebAddresses.WithoutBad(PatchOf(fields))));
            news = true;
        }
        return news;
    }

    static bool Lacks(Product product, ProductFields told) =>
        (product.Title is null && told.Name is not null)
        || (product.Category.Length == 0 && told.Category is not null)
        || (product.Brand is null && told.Brand is not null)
        || (product.Price is null && told.Price is not null)
        || (product.Url is null && told.Url is { } url && WebAddresses.IsGood(url))
        || (product.ImageUrl is null && told.ImageUrl is { } image && WebAddresses.IsGoodImage(image));

    ProductPatch PatchOf(ProductFields told) =>
        new()
        {
            Title = told.Name,
            Category = told.Category is { } category ? claimed.CategoryOf(category) : null,
            Brand = told.Brand,
            Price = told.Price is { } price ? price / 10_000m : null,
            Currency = told.Price is null || told.Currency.IsBase ? null : told.Currency.ToString(),
            Url = told.Url,
            ImageUrl = told.ImageUrl,
        };

    (int, ProductPatch)[] Take()
    {
        lock (_waiting)
        {
            var group = _waiting.ToArray();
            _waiting.Clear();
            return group;
        }
    }

    public void Dispose() => _writing.Dispose();
}

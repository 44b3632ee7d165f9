using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Journal;

namespace Personalization.Models.Recommendations;

/// <summary>What a ranking learns of products: category, brand, price and how long a piece lasts. Stock and visibility are of the
/// moment and are left out: here every product may be shown.</summary>
public static class RecordedProducts
{
    const int Page = 5000;

    public static async Task<ProductCatalogue> ReadAsync(IProducts store, CancellationToken cancel = default)
    {
        var catalogue = new ProductCatalogue();
        for (long change = 0; ; )
        {
            var rows = await store.ReadProductsAsync(change, Page, cancel);
            foreach (var row in rows)
                catalogue.Apply(Of(row));
            if (rows.Count < Page)
                return catalogue;
            change = rows[^1].Change;
        }
    }

    static Product Of(ProductRow row)
    {
        var product = new Product { Number = row.Number, Id = row.Id };
        if (row.Body is null)
            return product;
        using var document = JsonDocument.Parse(row.Body);
        var json = document.RootElement;
        return product with
        {
            Category = json.TryGetProperty("category", out var path)
                ? [.. path.EnumerateArray().Select(name => name.GetString()!)]
                : [],
            Brand = json.TryGetProperty("brand", out var brand) ? brand.GetString() : null,
            Price = json.TryGetProperty("price", out var price) ? price.GetDecimal() : null,
            ReplenishDays = json.TryGetProperty("replenishDays", out var days) ? days.GetInt32() : null,
        };
    }
}

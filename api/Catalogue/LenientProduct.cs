using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Ingestion;

namespace Personalization.Catalogue;

/// <summary>
/// A product as another system describes it, put into the words of <see cref="ProductBody"/>: a field that cannot be used is left
/// out and never costs the product.
/// </summary>
static class LenientProduct
{
    /// <param name="product">Fields of <see cref="ProductBody"/>; emptied of those that cannot be used.</param>
    /// <param name="left">Told of each field that was left out.</param>
    /// <returns>Null where the product has no usable id.</returns>
    public static (string Id, ProductPatch Patch)? Read(JsonObject product, Action<string> left)
    {
        while (true)
        {
            var json = JsonSerializer.SerializeToElement(product, Hosting.ApiJson.Default.JsonObject);
            var fault = ProductJson.TryPatch(json, out var id, out var patch);
            var field = fault?.Field ?? ProductRows.BadAddress(patch);
            if (field is null)
                return (id, HtmlText.Decode(patch));
            left(field);
            if (field == "id" || !product.Remove(field))
                return null;
        }
    }
}

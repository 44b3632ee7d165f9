using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Customers;

namespace Personalization.Recommendations;

/// <summary>Recommendations on the wire: product ids, scores, reasons in words, and an id by which clicks and orders are attributed.</summary>
public sealed class RecommendationJson(ProductCatalogue catalogue, RecommendationId ids)
{
    public void Write(Utf8JsonWriter json, long customer, Placement placement, Recommended recommended)
    {
        json.WriteStartObject();
        json.WriteString("recommendationId", ids.Issue(customer, placement, recommended.At));
        json.WriteString("strategy", recommended.Strategy);
        json.WriteStartArray("items");
        foreach (var item in recommended.Items)
            WriteItem(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Write(Utf8JsonWriter json, Bundle bundle)
    {
        json.WriteStartObject();
        json.WriteNumber("total", bundle.Total);
        if (bundle.Currency is not null)
            json.WriteString("currency", bundle.Currency);
        json.WriteStartArray("items");
        foreach (var item in bundle.Items)
            WriteItem(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    void WriteItem(Utf8JsonWriter json, Recommendation item)
    {
        if (catalogue[item.Product] is not { } product)
            return;
        json.WriteStartObject();
        json.WriteString("productId", product.Id);
        json.WriteNumber("score", item.Score);
        json.WriteStartObject("reason");
        json.WriteString("kind", KindWord(item.Reason.Kind));
        json.WriteStartArray("productIds");
        if (catalogue[item.Reason.Product] is { } because)
            json.WriteStringValue(because.Id);
        json.WriteEndArray();
        json.WriteString("text", item.Reason.Text(catalogue, item.Product));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The spelling on the wire, for instance "because-viewed".</summary>
    public static string KindWord(ReasonKind kind) => Words[(int)kind];

    static readonly string[] Words = [.. Enum.GetNames<ReasonKind>().Select(Spell)];

    static string Spell(string name) =>
        string.Concat(
            name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}")
        );
}

using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Documents;
using Personalization.Hosting;

namespace Personalization.Recommendations;

/// <summary>Puts the rules that people write in place of those of the settings, in this process's view of the shop.</summary>
public sealed class RulesInUse(RecommendationSettings settings, CatalogueService catalogue, CurrentShop shop)
{
    public const string Kind = "recommendation-rules";

    /// <summary>What the settings say of a placement, or the defaults.</summary>
    public RulesBody Seed(Placement placement) =>
        RulesBody.Of(settings.Rules.GetValueOrDefault(placement) ?? new PlacementRules());

    public async ValueTask ApplyAsync(Document document, CancellationToken cancel)
    {
        if (!PlacementNames.TryParse(document.Id, out var placement))
            throw new InvalidDataException("There is no such placement.");
        // Another process may have met the products first.
        await catalogue.CatchUpAsync(cancel);
        var rules = (document.Json is null ? Seed(placement) : Read(document.Json)).In(catalogue.Products);
        shop.Change(context =>
            context with
            {
                Rules = new Dictionary<Placement, RecommendationRules>(context.Rules) { [placement] = rules },
            }
        );
    }

    /// <exception cref="JsonException">It is none.</exception>
    public static RulesBody Read(string json) =>
        JsonSerializer.Deserialize(json, ApiJson.Default.RulesBody) ?? throw new JsonException("It holds no rules.");
}

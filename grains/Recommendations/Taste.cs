using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Which categories, brands and prices a customer's remembered acts were about, stronger acts counting more.</summary>
internal sealed class Taste
{
    // Brands follow the categories, at negative keys; nothing has key -1, which stands for "unknown" in the catalogue.
    private readonly SparseTable shares = new(1);
    private float acts;
    private float priced;
    private float prices;

    /// <summary>Collects the taste; nothing without a catalogue that tells categories, brands or prices.</summary>
    public void Collect(ReadOnlySpan<Touch> touches, ProductCatalogue catalogue)
    {
        shares.Clear();
        (acts, priced, prices) = (0, 0, 0);
        foreach (var touch in touches)
        {
            float weight = (int)touch.Signal;
            acts += weight;
            if (catalogue.CategoryOf(touch.Product) is >= 0 and var category)
                shares.At(category) += weight;
            if (catalogue.BrandOf(touch.Product) is >= 0 and var brand)
                shares.At(-2 - brand) += weight;
            if (catalogue.PriceLevelOf(touch.Product) is not byte.MaxValue and var price)
                (priced, prices) = (priced + weight, prices + (weight * price));
        }
    }

    /// <summary>Whether the catalogue told anything.</summary>
    public bool IsKnown => shares.Count > 0 || priced > 0;

    /// <summary>Share of the acts in the product's category, share on its brand, and how many half octaves its price lies above
    /// their mean; 0 for what is unknown.</summary>
    public (float Category, float Brand, float Price) Of(int product, ProductCatalogue catalogue)
    {
        var price = catalogue.PriceLevelOf(product);
        return (
            ShareOf(catalogue.CategoryOf(product)),
            ShareOf(-2 - catalogue.BrandOf(product)),
            priced > 0 && price != byte.MaxValue ? price - (prices / priced) : 0
        );
    }

    private float ShareOf(int key) => key != -1 && shares.RowOf(key) is >= 0 and var row ? shares.Row(row)[0] / acts : 0;
}

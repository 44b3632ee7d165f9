using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Which categories, brands and prices a customer's remembered acts were about, stronger acts counting more.</summary>
sealed class Taste
{
    // Brands follow the categories, at negative keys; nothing has key -1, which stands for "unknown" in the catalogue.
    readonly SparseTable _shares = new(1);
    float _acts;
    float _priced;
    float _prices;

    /// <summary>Collects the taste; nothing without a catalogue that tells categories, brands or prices.</summary>
    public void Collect(ReadOnlySpan<Touch> touches, ProductCatalogue catalogue)
    {
        _shares.Clear();
        (_acts, _priced, _prices) = (0, 0, 0);
        foreach (var touch in touches)
        {
            float weight = (int)touch.Signal;
            _acts += weight;
            if (catalogue.CategoryOf(touch.Product) is >= 0 and var category)
                _shares.At(category) += weight;
            if (catalogue.BrandOf(touch.Product) is >= 0 and var brand)
                _shares.At(-2 - brand) += weight;
            if (catalogue.PriceLevelOf(touch.Product) is not byte.MaxValue and var price)
                (_priced, _prices) = (_priced + weight, _prices + (weight * price));
        }
    }

    /// <summary>Whether the catalogue told anything.</summary>
    public bool IsKnown => _shares.Count > 0 || _priced > 0;

    /// <summary>Share of the acts in the product's category, share on its brand, and how many half octaves its price lies above
    /// their mean; 0 for what is unknown.</summary>
    public (float Category, float Brand, float Price) Of(int product, ProductCatalogue catalogue)
    {
        var price = catalogue.PriceLevelOf(product);
        return (
            ShareOf(catalogue.CategoryOf(product)),
            ShareOf(-2 - catalogue.BrandOf(product)),
            _priced > 0 && price != byte.MaxValue ? price - (_prices / _priced) : 0
        );
    }

    float ShareOf(int key) => key != -1 && _shares.RowOf(key) is >= 0 and var row ? _shares.Row(row)[0] / _acts : 0;
}

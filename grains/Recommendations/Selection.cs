using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>How choosy a pass over the sources is.</summary>
enum Choosiness : byte
{
    /// <summary>Nothing buried, no category or brand above its share.</summary>
    Strict,

    /// <summary>Nothing buried.</summary>
    AnyMix,

    /// <summary>All that passes the gate.</summary>
    AnyAllowed,
}

/// <summary>An answer in the making: takes products in the order offered, each once, as the gate and the rules allow.</summary>
ref struct Selection
{
    readonly Span<Recommendation> _into;
    readonly ProductCatalogue _catalogue;
    readonly RecommendationRules _rules;
    readonly int _now;

    public Selection(Span<Recommendation> into, ProductCatalogue catalogue, RecommendationRules rules, int now)
    {
        _into = into;
        _catalogue = catalogue;
        _rules = rules;
        _now = now;
        Places = into.Length;
    }

    /// <summary>Places that may be filled now; the rest is held back for later sources.</summary>
    public int Places { get; set; }

    public int Count { get; private set; }

    public Sources Used { get; private set; }

    public Choosiness Choosiness { get; set; }

    /// <summary>Whether something was turned away that a less choosy pass would take.</summary>
    public bool HeldBack { get; private set; }

    public readonly bool IsFull => Count >= Places;

    public readonly bool Contains(int product)
    {
        foreach (ref readonly var taken in _into[..Count])
            if (taken.Product == product)
                return true;
        return false;
    }

    /// <summary>Whether the product would be taken.</summary>
    public bool Accepts(int product, scoped in Gate gate)
    {
        if (IsFull || Contains(product) || !gate.Allows(product))
            return false;
        if (Choosiness < Choosiness.AnyAllowed && IsBuried(product))
            return Hold();
        return Choosiness > Choosiness.Strict || FitsMix(product) || Hold();
    }

    public void Take(int product, float score, Reason reason, Sources source)
    {
        _into[Count] = new Recommendation(product, score, reason);
        Count++;
        Used |= source;
    }

    /// <summary>Offers what has a place and no score of its own: a little less than what stands before it.</summary>
    public void Offer(int product, Reason reason, Sources source, scoped in Gate gate)
    {
        if (Accepts(product, gate))
            Take(product, Count == 0 ? 1 : _into[Count - 1].Score * 0.95f, reason, source);
    }

    public void Offer(int product, float score, Reason reason, Sources source, scoped in Gate gate)
    {
        if (Accepts(product, gate))
            Take(product, score, reason, source);
    }

    readonly bool IsBuried(int product) => _rules.Bury.Length > 0 && FilterRule.Any(_rules.Bury, _catalogue[product]!, _now);

    bool Hold()
    {
        HeldBack = true;
        return false;
    }

    readonly bool FitsMix(int product)
    {
        if (_rules.MaxPerCategory <= 0 && _rules.MaxPerBrand <= 0)
            return true;
        var (category, brand) = (_catalogue.CategoryOf(product), _catalogue.BrandOf(product));
        var (ofCategory, ofBrand) = (0, 0);
        foreach (ref readonly var taken in _into[..Count])
        {
            if (category >= 0 && _catalogue.CategoryOf(taken.Product) == category)
                ofCategory++;
            if (brand >= 0 && _catalogue.BrandOf(taken.Product) == brand)
                ofBrand++;
        }
        return (_rules.MaxPerCategory <= 0 || ofCategory < _rules.MaxPerCategory)
            && (_rules.MaxPerBrand <= 0 || ofBrand < _rules.MaxPerBrand);
    }
}

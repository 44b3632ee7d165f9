namespace Personalization.Recommendations;

/// <summary>The products a prediction starts from: what the customer did last, each product once, latest first.</summary>
sealed class Query
{
    /// <summary>Products looked back at.</summary>
    public const int Max = 24;

    /// <summary>An act that weighs less says nothing that those after it have not said: no neighbour is looked for.</summary>
    public const float MinWeight = 0.02f;

    readonly int[] _products = new int[Max];
    readonly float[] _weights = new float[Max];
    readonly ReasonKind[] _kinds = new ReasonKind[Max];

    readonly int[] _lags = new int[Max];
    readonly int[] _times = new int[Max];
    readonly int[] _sinces = new int[Max];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Products => _products.AsSpan(0, Count);

    /// <summary>The same with room filled up to eight, sixteen or twenty-four, with what is no product.</summary>
    public ReadOnlySpan<int> Eights => _products.AsSpan(0, (Count + 7) & ~7);

    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Count);

    /// <summary>What the customer did with each.</summary>
    public ReadOnlySpan<ReasonKind> Kinds => _kinds.AsSpan(0, Count);

    /// <summary>How many other products were seen since in this visit; -1 for what was not seen in it.</summary>
    public ReadOnlySpan<int> Lags => _lags.AsSpan(0, Count);

    /// <summary>Acts on each in this visit.</summary>
    public ReadOnlySpan<int> Times => _times.AsSpan(0, Count);

    /// <summary>Acts on anything since, in this visit; of no meaning for what was not seen in it.</summary>
    public ReadOnlySpan<int> Sinces => _sinces.AsSpan(0, Count);

    /// <summary>Acts in this visit that were looked at.</summary>
    public int Acts { get; private set; }

    /// <summary>Collects what matters for the request. The page's product comes first, then the cart where the placement is
    /// about it, then acts from the latest back, favourites, purchases.</summary>
    public void Collect(in RecommendationRequest request, in Shopper shopper, BlendWeights blend)
    {
        (Count, Acts) = (0, 0);
        _products.AsSpan().Fill(-1);
        var onPage = request.Placement == Placement.Product && request.Product >= 0;
        if (onPage)
            Add(request.Product, 1, ReasonKind.RelatedTo);
        var cartFirst = request.Placement is Placement.Cart or Placement.Checkout;
        if (cartFirst)
            AddAll(shopper.Cart, 1, ReasonKind.BecauseInCart);
        // Beside a page's product or a cart, taste only tips the scales.
        AddTouches(shopper, blend, onPage || (cartFirst && !shopper.Cart.IsEmpty) ? blend.TasteBesidePage : 1);
        if (onPage)
            return;
        if (!cartFirst)
            AddAll(shopper.Cart, blend.OldCart, ReasonKind.BecauseInCart);
        AddAll(shopper.Favourites, blend.OldFavourite, ReasonKind.BecauseFavourited);
        foreach (var purchase in shopper.Purchases)
            Add(purchase.Product, blend.OldPurchase, ReasonKind.BecauseBought);
    }

    void AddTouches(in Shopper shopper, BlendWeights blend, float scale)
    {
        var steps = 0;
        for (var i = shopper.Touches.Length - 1; i >= 0 && Count < Max; i--)
        {
            var touch = shopper.Touches[i];
            var visitsAgo = Math.Max(0, shopper.Visit - touch.Visit);
            if (visitsAgo == 0)
                Acts++;
            if (Products.IndexOf(touch.Product) is >= 0 and var at)
            {
                if (visitsAgo == 0)
                    _times[at]++;
                continue;
            }
            if (steps >= blend.LastItems)
                break;
            var weight = MathF.Exp(-steps++ / blend.PositionScale) * (visitsAgo == 0 ? 1 : blend.EarlierVisit / visitsAgo);
            if (Count < Max)
                _sinces[Count] = Acts - 1;
            Add(touch.Product, scale * weight, KindOf(touch, shopper), visitsAgo == 0 ? steps - 1 : -1);
        }
    }

    static ReasonKind KindOf(Touch touch, in Shopper shopper) =>
        touch.Signal switch
        {
            Signal.Purchase => ReasonKind.BecauseBought,
            Signal.CartAdd when shopper.Cart.Contains(touch.Product) => ReasonKind.BecauseInCart,
            Signal.Favourite when shopper.Favourites.Contains(touch.Product) => ReasonKind.BecauseFavourited,
            _ => ReasonKind.BecauseViewed,
        };

    void AddAll(ReadOnlySpan<int> all, float weight, ReasonKind kind)
    {
        for (var i = all.Length - 1; i >= 0; i--)
            Add(all[i], weight, kind);
    }

    void Add(int product, float weight, ReasonKind kind, int lag = -1)
    {
        if (Count == Max || Products.Contains(product))
            return;
        (_products[Count], _weights[Count], _kinds[Count], _lags[Count], _times[Count]) = (
            product,
            weight,
            kind,
            lag,
            lag >= 0 ? 1 : 0
        );
        Count++;
    }
}

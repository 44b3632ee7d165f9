namespace Personalization.Recommendations;

/// <summary>What the recommender may know of one customer: a view over the customer's own arrays, copied nowhere.</summary>
public readonly ref struct Shopper
{
    /// <summary>Recent acts of all visits, oldest first. Empty on a first visit.</summary>
    public ReadOnlySpan<Touch> Touches { get; init; }

    /// <summary>Number of the visit going on; touches with this number belong to it.</summary>
    public int Visit { get; init; }

    /// <summary>Key under which the index holds the visit going on, so that it is not found like itself; 0 when it is not held.</summary>
    public ulong Session { get; init; }

    /// <summary>The same customer once the visit going on is over: messages are read later.</summary>
    public Shopper AfterVisit() =>
        Touches.IsEmpty || Touches[^1].Visit < Visit
            ? this
            : new()
            {
                Touches = Touches,
                Visit = Touches[^1].Visit + 1,
                Cart = Cart,
                Favourites = Favourites,
                Purchases = Purchases,
                NeverShow = NeverShow,
                IsKnown = IsKnown,
            };

    /// <summary>The acts of the visit going on.</summary>
    public ReadOnlySpan<Touch> OfVisit()
    {
        var from = Touches.Length;
        while (from > 0 && Touches[from - 1].Visit == Visit)
            from--;
        return Touches[from..];
    }

    /// <summary>Products in the cart now.</summary>
    public ReadOnlySpan<int> Cart { get; init; }

    /// <summary>Products marked as favourites now.</summary>
    public ReadOnlySpan<int> Favourites { get; init; }

    /// <summary>Everything bought and kept (returned and cancelled left out).</summary>
    public ReadOnlySpan<Purchased> Purchases { get; init; }

    /// <summary>Products this customer does not want to see.</summary>
    public ReadOnlySpan<int> NeverShow { get; init; }

    /// <summary>Signed in or remembered, as opposed to a cookie.</summary>
    public bool IsKnown { get; init; }
}

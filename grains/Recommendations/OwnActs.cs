namespace Personalization.Recommendations;

/// <summary>What a customer did with products over all remembered visits, as a source of candidates for the next order: people buy
/// what they looked at more than once, marked, put in the cart or bought before, lately more than long ago.</summary>
static class OwnActs
{
    // What an act counts. A purchase says that it was wanted; most things are not wanted twice.
    const float View = 1,
        Favourite = 3,
        CartAdd = 8,
        Purchase = 2;

    // Power of the number of other products since: a week's hundred views must not bury what was put in the cart before them.
    const float Fading = 0.25f;

    /// <summary>Adds a vote for every product the customer is known to have touched.</summary>
    public static void Collect(in Shopper shopper, SparseTable candidates)
    {
        // Counted below zero first: a vote above zero is one whose place among the latest is known.
        foreach (var touch in shopper.Touches)
            if (touch.Signal != Signal.Purchase)
                Vote(touch.Product, candidates) -= WeightOf(touch.Signal);
        foreach (var bought in shopper.Purchases)
            Vote(bought.Product, candidates) -= Purchase * bought.Count;
        foreach (var product in shopper.Cart)
            AtLeast(ref Vote(product, candidates), CartAdd);
        foreach (var product in shopper.Favourites)
            AtLeast(ref Vote(product, candidates), Favourite);
        var since = 0;
        for (var i = shopper.Touches.Length - 1; i >= 0; i--)
            Place(shopper.Touches[i].Product, candidates, ref since);
        // What was touched too long ago to be remembered as an act comes after all that is.
        foreach (var bought in shopper.Purchases)
            Place(bought.Product, candidates, ref since);
        foreach (var product in shopper.Cart)
            Place(product, candidates, ref since);
        foreach (var product in shopper.Favourites)
            Place(product, candidates, ref since);
    }

    static ref float Vote(int product, SparseTable candidates) => ref candidates.Row(candidates.Add(product))[Candidate.Return];

    static float WeightOf(Signal signal) =>
        signal switch
        {
            Signal.CartAdd => CartAdd,
            Signal.Favourite => Favourite,
            _ => View,
        };

    static void AtLeast(ref float vote, float weight) => vote = Math.Min(vote, -weight);

    static void Place(int product, SparseTable candidates, ref int since)
    {
        ref var vote = ref Vote(product, candidates);
        if (vote < 0)
            vote *= -MathF.Pow(1 + since++, -Fading);
    }
}

using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>A set of products that go together, composed for one customer (R15).</summary>
/// <param name="Items">The products beside those asked about, best first.</param>
/// <param name="Total">Sum of their prices.</param>
public sealed record Bundle(IReadOnlyList<Recommendation> Items, decimal Total)
{
    /// <summary>Composes a bundle around the request's product, or around the cart where it names none: at most
    /// <see cref="Request.Count"/> products of different categories, each with a known price, together within the budget.</summary>
    /// <param name="request">Product, filter, rules and time; the placement is not looked at.</param>
    /// <param name="shopper">For whom.</param>
    /// <param name="index">What all shoppers did.</param>
    /// <param name="catalogue">What there is.</param>
    /// <param name="budget">Most that the added products may cost together.</param>
    public static Bundle Compose(
        in Request request, in Shopper shopper, ItemIndex index, ProductCatalogue catalogue, decimal budget) =>
        throw new NotImplementedException();
}

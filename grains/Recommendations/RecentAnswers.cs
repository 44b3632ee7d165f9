using Personalization.Events;

namespace Personalization.Recommendations;

/// <summary>
/// The last answers that a customer got, in memory alone: a storefront that drops their ids is still told what became of them,
/// by product. What is forgotten when the customer leaves memory is not counted.
/// </summary>
public sealed class RecentAnswers
{
    const int MaxAnswers = 4,
        MaxProducts = 12;

    /// <summary>How long after an answer a product counts for it, milliseconds.</summary>
    public const long Window = 24 * 3_600_000;

    readonly Shown[] _answers = new Shown[MaxAnswers];
    readonly int[] _products = new int[MaxAnswers * MaxProducts];
    int _next;

    readonly record struct Shown(Placement Placement, uint Source, long At, int Count);

    public void Add(Placement placement, uint source, long at, ReadOnlySpan<Recommendation> items)
    {
        var count = Math.Min(items.Length, MaxProducts);
        _answers[_next] = new Shown(placement, source, at, count);
        var products = ProductsOf(_next);
        for (var i = 0; i < count; i++)
            products[i] = items[i].Product;
        _next = (_next + 1) % MaxAnswers;
    }

    /// <summary>The newest answer in which a product stood, at most <see cref="Window"/> before a time.</summary>
    public Attribution? Find(int product, long time)
    {
        for (var back = 1; back <= MaxAnswers; back++)
        {
            var at = (_next - back + MaxAnswers) % MaxAnswers;
            var answer = _answers[at];
            if (time < answer.At || time - answer.At > Window || !ProductsOf(at)[..answer.Count].Contains(product))
                continue;
            return new Attribution(product, AttributedBy.Product, answer.Placement, answer.Source, answer.At);
        }
        return null;
    }

    Span<int> ProductsOf(int answer) => _products.AsSpan(answer * MaxProducts, MaxProducts);
}

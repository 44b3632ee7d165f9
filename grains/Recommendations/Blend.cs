namespace Personalization.Recommendations;

/// <summary>Makes one score of a candidate's features. Each source's scores become shares of their sum; weighted and added they
/// are read as the chance to be the next click. For what was seen in this visit that chance is the geometric mean with how often
/// this shop's visitors go back so far; the others share what remains.</summary>
internal static class Blend
{
    /// <summary>Puts all candidates, scored, into the ranking.</summary>
    public static void Rank(BlendWeights blend, in Request request, ReturnRates returns, bool mayReturn, Scratch scratch)
    {
        var (candidates, ranking, query) = (scratch.Candidates, scratch.Ranking, scratch.Query);
        Span<float> weights = stackalloc float[Candidate.Width];
        weights.Clear();
        weights[Candidate.Knn] = blend.Knn;
        weights[Candidate.Next] = blend.Next;
        weights[Candidate.Near] = blend.Near;
        weights[Candidate.Together] =
            request.Placement is Placement.Cart or Placement.Checkout ? blend.TogetherInCart : blend.Together;
        Share(candidates, weights);
        weights[Candidate.Due] = blend.Due;
        ranking.Begin(candidates.Count);
        for (var i = 0; i < candidates.Count; i++)
        {
            var product = candidates.Keys[i];
            var row = candidates.Row(i);
            var score = 0f;
            for (var feature = 0; feature < Candidate.Width; feature++) score += weights[feature] * row[feature];
            var at = mayReturn ? query.Products.IndexOf(product) : -1;
            if (at >= 0 && query.Lags[at] >= 0) score = Returning(score, returns.Of(query.Lags[at]), blend.Returning);
            ranking.Add(product, score);
        }
        ranking.Heapify();
    }

    private static float Returning(float score, float rate, float weight) =>
        MathF.Pow(score, 1 - weight) * MathF.Pow(rate, weight);

    /// <summary>Divides the weights by their sum, and each by the sum of its feature over all candidates.</summary>
    private static void Share(SparseTable candidates, Span<float> weights)
    {
        Span<float> sums = stackalloc float[Candidate.Width];
        var values = candidates.Values;
        for (var at = 0; at < values.Length; at += Candidate.Width)
            for (var feature = 0; feature < Candidate.Width; feature++) sums[feature] += values[at + feature];
        var total = 0f;
        for (var feature = 0; feature < Candidate.Width; feature++) total += sums[feature] > 0 ? weights[feature] : 0;
        for (var feature = 0; feature < Candidate.Width; feature++)
            weights[feature] = sums[feature] > 0 ? weights[feature] / (total * sums[feature]) : 0;
    }
}

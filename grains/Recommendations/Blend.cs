namespace Personalization.Recommendations;

/// <summary>Makes one score of a candidate's features: each source's scores as shares of their sum, weighted and added.</summary>
internal static class Blend
{
    /// <summary>Puts all candidates, scored, into the ranking.</summary>
    public static void Rank(BlendWeights blend, Placement placement, Scratch scratch)
    {
        var (candidates, ranking) = (scratch.Candidates, scratch.Ranking);
        Span<float> weights = stackalloc float[Candidate.Width];
        weights[Candidate.Knn] = blend.Knn;
        weights[Candidate.Next] = blend.Next;
        weights[Candidate.Near] = blend.Near;
        weights[Candidate.Together] =
            placement is Placement.Cart or Placement.Checkout ? blend.TogetherInCart : blend.Together;
        Share(candidates, weights);
        weights[Candidate.Due] = blend.Due;
        ranking.Begin(candidates.Count);
        for (var i = 0; i < candidates.Count; i++)
        {
            var row = candidates.Row(i);
            var score = 0f;
            for (var feature = 0; feature < Candidate.Width; feature++) score += weights[feature] * row[feature];
            ranking.Add(candidates.Keys[i], score);
        }
        ranking.Heapify();
    }

    /// <summary>Divides each weight by the sum of its feature over all candidates.</summary>
    private static void Share(SparseTable candidates, Span<float> weights)
    {
        Span<float> sums = stackalloc float[Candidate.Width];
        var values = candidates.Values;
        for (var at = 0; at < values.Length; at += Candidate.Width)
            for (var feature = 0; feature < Candidate.Width; feature++) sums[feature] += values[at + feature];
        for (var feature = 0; feature < Candidate.Width; feature++)
            weights[feature] = sums[feature] > 0 ? weights[feature] / sums[feature] : 0;
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Makes one score of a candidate's features. Each source's scores become shares of their sum; weighted and added they
/// are read as the chance to be the next click. For what was seen in this visit that chance is the geometric mean with how often
/// this shop's visitors go back so far; the others share what remains.</summary>
static class Blend
{
    /// <summary>Puts all candidates, scored, into the ranking.</summary>
    public static void Rank(
        BlendWeights blend,
        in RecommendationRequest request,
        ReturnRates returns,
        bool mayReturn,
        Scratch scratch
    )
    {
        var (candidates, ranking, query) = (scratch.Candidates, scratch.Ranking, scratch.Query);
        Span<float> weights = stackalloc float[Candidate.Width];
        weights.Clear();
        weights[Candidate.Knn] = blend.Knn;
        weights[Candidate.Next] = blend.Next;
        weights[Candidate.Near] = blend.Near;
        weights[Candidate.Together] = request.Placement is Placement.Cart or Placement.Checkout
            ? blend.TogetherInCart
            : blend.Together;
        if (Objectives.Of(request.Placement) == Objective.Purchase)
            weights[Candidate.Return] = blend.Own;
        Share(candidates, weights);
        weights[Candidate.Due] = blend.Due;
        var (low, high) = (Vector256.Create(weights), Vector256.Create(weights[8..]));
        ref var first = ref MemoryMarshal.GetReference(candidates.Values);
        var scores = Scratch.AtLeast(ref scratch.Scores, candidates.Count).AsSpan(0, candidates.Count);
        for (var i = 0; i < scores.Length; i++)
        {
            var row = (nuint)(i * Candidate.Width);
            scores[i] = Vector256.Sum(
                (Vector256.LoadUnsafe(ref first, row) * low) + (Vector256.LoadUnsafe(ref first, row + 8) * high)
            );
        }
        for (var i = 0; mayReturn && i < query.Count; i++)
            if (query.Lags[i] >= 0 && candidates.RowOf(query.Products[i]) is >= 0 and var seen)
                scores[seen] = Returning(scores[seen], returns.Of(query.Lags[i]), blend.Returning);
        ranking.Put(candidates.Keys, scores);
    }

    static float Returning(float score, float rate, float weight) => MathF.Pow(score, 1 - weight) * MathF.Pow(rate, weight);

    /// <summary>Divides the weights by their sum, and each by the sum of its feature over all candidates.</summary>
    static void Share(SparseTable candidates, Span<float> weights)
    {
        Span<float> sums = stackalloc float[Candidate.Width];
        LearnedBlend.Sums(candidates, sums);
        var total = 0f;
        for (var feature = 0; feature < Candidate.Width; feature++)
            total += sums[feature] > 0 ? weights[feature] : 0;
        for (var feature = 0; feature < Candidate.Width; feature++)
            weights[feature] = sums[feature] > 0 ? weights[feature] / (total * sums[feature]) : 0;
    }
}

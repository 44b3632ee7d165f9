using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Scores all candidates by a ranking model and has its trees rank the best of them.</summary>
static class LearnedBlend
{
    /// <summary>So much of a source's votes is as good as none.</summary>
    public const float Nothing = 1e-3f;

    /// <summary>Puts all candidates into the ranking; their scores are chances, those of the ranked ones above all others.</summary>
    public static void Rank(
        RankingModel model,
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        Scratch scratch
    )
    {
        scratch.Ranking.Clear();
        if (scratch.Candidates.Count == 0)
            return;
        var chosen = Choose(model, scratch);
        var ranked = scratch.Ranked.AsSpan(0, Sixteens(chosen.Length));
        if (model.Trees is not null)
        {
            RankingColumns.Fill(model, request, shopper, index, catalogue, scratch, chosen);
            model.Trees.Score(scratch.Columns, RankingModel.Ranked, ranked);
        }
        Publish(scratch.Scores.AsSpan(0, scratch.Candidates.Count), chosen, ranked[..chosen.Length], scratch);
    }

    /// <summary>Scores the candidates and chooses the best: returns their rows, and leaves their scores with the similarities in
    /// the scratch's ranked ones.</summary>
    public static ReadOnlySpan<int> Choose(RankingModel model, Scratch scratch)
    {
        var count = scratch.Candidates.Count;
        var scores = Scratch.AtLeast(ref scratch.Scores, count).AsSpan(0, count);
        Score(model, scratch, scores);
        var chosen = Best(scores, scratch);
        var ranked = scratch.Ranked.AsSpan(0, Sixteens(chosen.Length));
        ranked.Clear();
        for (var i = 0; i < chosen.Length; i++)
            ranked[i] = scores[chosen[i]];
        if (model.Vectors is { } vectors)
            AddSimilarity(model, vectors, scratch, chosen, ranked);
        return chosen;
    }

    /// <summary>Numbers that the blend weighs: logarithms, three of having been seen, three similarities.</summary>
    public const int Weighed = Candidate.Width + 6;

    /// <summary>What the blend weighs, candidate after candidate.</summary>
    public static void Explain(RankingModel model, Scratch scratch, Span<float> rows)
    {
        var (candidates, query) = (scratch.Candidates, scratch.Query);
        Span<float> factors = stackalloc float[Candidate.Width];
        Factors(candidates, factors);
        var similarity = new Similarity(stackalloc short[2 * ItemVectors.Width], model.Vectors, query);
        for (var i = 0; i < candidates.Count; i++)
        {
            var row = rows.Slice(i * Weighed, Weighed);
            Logs(
                ref candidates.Row(i)[0],
                Vector256.Create(factors),
                Vector256.Create(factors[8..]),
                Vector256.Create(model.Mixture),
                Vector256.Create(model.Mixture.AsSpan(8)),
                out var low,
                out var high
            );
            low.CopyTo(row);
            high.CopyTo(row[8..]);
            row = row[Candidate.Width..];
            row.Clear();
            (row[3], row[4], row[5]) = similarity.Of(candidates.Keys[i]);
        }
        for (var i = 0; i < query.Count; i++)
            if (SeenRow(query, i, candidates) is >= 0 and var seen)
                Seen(query, i).CopyTo(rows.Slice((seen * Weighed) + Candidate.Width, 3));
    }

    /// <summary>The candidate's row of a product seen in this visit, that may be shown again; -1 for others.</summary>
    public static int SeenRow(Query query, int i, SparseTable candidates) =>
        query.Lags[i] >= 0 && candidates.RowOf(query.Products[i]) is >= 0 and var row && candidates.Row(row)[Candidate.Return] > 0
            ? row
            : -1;

    static Span<float> Seen(Query query, int i) => new float[] { 1, MathF.Log(query.Times[i]), MathF.Log(1 + query.Lags[i]) };

    /// <summary>Factors that turn a candidate's votes into shares.</summary>
    public static void Factors(SparseTable candidates, Span<float> factors)
    {
        Sums(candidates, factors);
        for (var i = 0; i < Candidate.Width; i++)
            factors[i] =
                i >= Candidate.Votes ? 1
                : factors[i] > 0 ? 1 / factors[i]
                : 0;
    }

    /// <summary>Sums of all candidates' numbers.</summary>
    public static void Sums(SparseTable candidates, Span<float> sums)
    {
        var (low, high) = (Vector256<float>.Zero, Vector256<float>.Zero);
        ref var first = ref MemoryMarshal.GetReference(candidates.Values);
        for (nuint at = 0; at < (nuint)(candidates.Count * Candidate.Width); at += Candidate.Width)
        {
            low += Vector256.LoadUnsafe(ref first, at);
            high += Vector256.LoadUnsafe(ref first, at + 8);
        }
        low.CopyTo(sums);
        high.CopyTo(sums[8..]);
    }

    /// <summary>Logarithms of a candidate's shares and of their mixture: what the blend weighs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Logs(
        ref float row,
        in Vector256<float> low,
        in Vector256<float> high,
        in Vector256<float> lowMixed,
        in Vector256<float> highMixed,
        out Vector256<float> lowLogs,
        out Vector256<float> highLogs
    )
    {
        var lowShares = Vector256.LoadUnsafe(ref row) * low;
        var highShares = Vector256.LoadUnsafe(ref row, 8) * high;
        var mixture = Vector256.Sum((lowShares * lowMixed) + (highShares * highMixed));
        highShares = highShares.WithElement(Candidate.Due - 8, mixture);
        lowLogs = Log(lowShares + Vector256.Create(Nothing));
        highLogs = Log(highShares + Vector256.Create(Nothing));
    }

    /// <summary>Natural logarithm of positive numbers, to about 0.0002: from the exponent's bits and a polynomial of what is
    /// left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Log(Vector256<float> x)
    {
        var bits = x.AsInt32();
        var exponent = Vector256.ConvertToSingle((bits >>> 23) - Vector256.Create(127));
        var m = ((bits & Vector256.Create(0x7FFFFF)) | Vector256.Create(0x3F800000)).AsSingle();
        var p = Vector256.MultiplyAddEstimate(m, Vector256.Create(-0.056570851f), Vector256.Create(0.44717955f));
        p = Vector256.MultiplyAddEstimate(m, p, Vector256.Create(-1.4699568f));
        p = Vector256.MultiplyAddEstimate(m, p, Vector256.Create(2.8212026f));
        p = Vector256.MultiplyAddEstimate(m, p, Vector256.Create(-1.7417939f));
        return (exponent + p) * Vector256.Create(0.6931472f);
    }

    static void Score(RankingModel model, Scratch scratch, Span<float> scores)
    {
        var candidates = scratch.Candidates;
        Span<float> factors = stackalloc float[Candidate.Width];
        Factors(candidates, factors);
        var (low, high) = (Vector256.Create(factors), Vector256.Create(factors[8..]));
        var (lowWeights, highWeights) = (Vector256.Create(model.Blend), Vector256.Create(model.Blend.AsSpan(8)));
        var (lowMixed, highMixed) = (Vector256.Create(model.Mixture), Vector256.Create(model.Mixture.AsSpan(8)));
        ref var first = ref MemoryMarshal.GetReference(candidates.Values);
        for (var i = 0; i < scores.Length; i++)
        {
            Logs(
                ref Unsafe.Add(ref first, i * Candidate.Width),
                low,
                high,
                lowMixed,
                highMixed,
                out var lowLogs,
                out var highLogs
            );
            scores[i] = Vector256.Sum((lowLogs * lowWeights) + (highLogs * highWeights));
        }
        var query = scratch.Query;
        for (var i = 0; i < query.Count; i++)
            if (SeenRow(query, i, candidates) is >= 0 and var seen)
                scores[seen] +=
                    model.Seen[0] + (model.Seen[1] * MathF.Log(query.Times[i])) + (model.Seen[2] * MathF.Log(1 + query.Lags[i]));
    }

    static void AddSimilarity(
        RankingModel model,
        ItemVectors vectors,
        Scratch scratch,
        ReadOnlySpan<int> chosen,
        Span<float> ranked
    )
    {
        var similarity = new Similarity(stackalloc short[2 * ItemVectors.Width], vectors, scratch.Query);
        var keys = scratch.Candidates.Keys;
        var columns = scratch.Columns.AsSpan();
        var toLatest = columns.Slice((int)RankingColumn.LikeLatest * RankingModel.Ranked, chosen.Length);
        var toAll = columns.Slice((int)RankingColumn.LikeAll * RankingModel.Ranked, chosen.Length);
        var toNext = columns.Slice((int)RankingColumn.LikeNext * RankingModel.Ranked, chosen.Length);
        vectors.Touch(keys, chosen);
        var (weight, weightOfAll, weightOfNext) = (model.Similarity[0], model.Similarity[1], model.Similarity[2]);
        for (var i = 0; i < chosen.Length; i++)
        {
            (toLatest[i], toAll[i], toNext[i]) = similarity.Of(keys[chosen[i]]);
            ranked[i] += (weight * toLatest[i]) + (weightOfAll * toAll[i]) + (weightOfNext * toNext[i]);
        }
    }

    /// <summary>Rows of the best candidates.</summary>
    static ReadOnlySpan<int> Best(ReadOnlySpan<float> scores, Scratch scratch)
    {
        var chosen = scratch.Chosen;
        var (threshold, ties) = (float.NegativeInfinity, 0);
        if (scores.Length > RankingModel.Ranked)
            (threshold, ties) = Selecting.Largest(
                scores,
                RankingModel.Ranked,
                Scratch.AtLeast(ref scratch.Ordered, scores.Length)
            );
        var count = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            chosen[count] = i;
            count += scores[i] > threshold ? 1 : 0;
            if (scores[i] != threshold || ties <= 0)
                continue;
            ties--;
            count++;
        }
        return chosen.AsSpan(0, count);
    }

    static int Sixteens(int count) => (count + 15) & ~15;

    /// <summary>Scores become chances: the ranked ones share one, the others come after the least of them.</summary>
    static void Publish(Span<float> scores, ReadOnlySpan<int> chosen, Span<float> ranked, Scratch scratch)
    {
        var (best, least) = (float.NegativeInfinity, float.PositiveInfinity);
        foreach (var score in ranked)
            (best, least) = (Math.Max(best, score), Math.Min(least, score));
        var sum = 0f;
        foreach (ref var score in ranked)
            sum += score = MathF.Exp(score - best);
        foreach (ref var score in ranked)
            score /= sum;
        var worst = float.PositiveInfinity;
        foreach (var row in chosen)
            worst = Math.Min(worst, scores[row]);
        Follow(scores, worst, MathF.Exp(least - best) / sum);
        scratch.Ranking.Put(scratch.Candidates.Keys, scores, chosen, ranked);
    }

    /// <summary>Chances of those that come after the last of the ranked ones, less the further behind the worst of these.</summary>
    static void Follow(Span<float> scores, float worst, float last)
    {
        var at = 0;
        for (; at + 8 <= scores.Length; at += 8)
        {
            var eight = scores.Slice(at, 8);
            (Vector256.Create(last) / (Vector256.Create(1 + worst) - Vector256.Create<float>(eight))).CopyTo(eight);
        }
        foreach (ref var score in scores[at..])
            score = last / (1 + worst - score);
    }
}

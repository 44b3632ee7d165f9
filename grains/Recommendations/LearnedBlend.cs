using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Scores all candidates by a ranking model and has its trees rank the best of them.</summary>
internal static class LearnedBlend
{
    /// <summary>So much of a source's votes is as good as none.</summary>
    public const float Nothing = 1e-3f;

    /// <summary>Puts all candidates into the ranking; their scores are chances, those of the ranked ones above all others.</summary>
    public static void Rank(RankingModel model, in Request request, ItemIndex index, Scratch scratch)
    {
        scratch.Ranking.Begin(scratch.Candidates.Count);
        if (scratch.Candidates.Count == 0) return;
        var chosen = Prepare(model, request, index, scratch);
        var scores = scratch.Scores.AsSpan(0, scratch.Candidates.Count);
        var ranked = scratch.Ranked.AsSpan(0, Eights(chosen.Length));
        ranked.Clear();
        for (var i = 0; i < chosen.Length; i++) ranked[i] = scores[chosen[i]];
        model.Trees?.Score(scratch.Columns, RankingModel.Ranked, ranked);
        Publish(scores, chosen, ranked[..chosen.Length], scratch);
    }

    /// <summary>Scores the candidates by the blend, chooses the best and fills their columns. Returns their rows.</summary>
    public static ReadOnlySpan<int> Prepare(RankingModel model, in Request request, ItemIndex index, Scratch scratch)
    {
        var count = scratch.Candidates.Count;
        var scores = Scratch.AtLeast(ref scratch.Scores, count).AsSpan(0, count);
        Score(model, scratch, scores);
        var chosen = Choose(scores, scratch);
        Columns(model, request, index, scratch, scores, chosen);
        return chosen;
    }

    /// <summary>Numbers that the blend weighs: logarithms, three of having been seen, three likenesses.</summary>
    public const int Weighed = Candidate.Width + 6;

    /// <summary>What the blend weighs, candidate after candidate.</summary>
    public static void Explain(RankingModel model, Scratch scratch, Span<float> rows)
    {
        var (candidates, query) = (scratch.Candidates, scratch.Query);
        Span<float> factors = stackalloc float[Candidate.Width];
        Factors(candidates, factors);
        Span<sbyte> latest = stackalloc sbyte[ItemVectors.Width], all = stackalloc sbyte[ItemVectors.Width];
        if (model.Vectors is not null) Directions(model.Vectors, query, latest, all);
        for (var i = 0; i < candidates.Count; i++)
        {
            var row = rows.Slice(i * Weighed, Weighed);
            Logs(ref candidates.Row(i)[0], Vector256.Create(factors), Vector256.Create(factors[8..]), Vector256.Create(model.Mixture),
                Vector256.Create(model.Mixture.AsSpan(8)), out var low, out var high);
            low.CopyTo(row);
            high.CopyTo(row[8..]);
            row = row[Candidate.Width..];
            row.Clear();
            if (model.Vectors is not { } vectors) continue;
            row[3] = vectors.Similarity(latest, candidates.Keys[i]);
            row[4] = vectors.Similarity(all, candidates.Keys[i]);
            row[5] = vectors.Following(latest, candidates.Keys[i]);
        }
        for (var i = 0; i < query.Count; i++)
            if (SeenRow(query, i, candidates) is >= 0 and var seen)
                Seen(query, i).CopyTo(rows.Slice((seen * Weighed) + Candidate.Width, 3));
    }

    /// <summary>The candidate's row of a product seen in this visit, that may be shown again; -1 for others.</summary>
    private static int SeenRow(Query query, int i, SparseTable candidates) =>
        query.Lags[i] >= 0 && candidates.RowOf(query.Products[i]) is >= 0 and var row && candidates.Row(row)[Candidate.Return] > 0 ? row : -1;

    private static Span<float> Seen(Query query, int i) =>
        new float[] { 1, MathF.Log(query.Times[i]), MathF.Log(1 + query.Lags[i]) };

    /// <summary>Factors that turn a candidate's votes into shares.</summary>
    public static void Factors(SparseTable candidates, Span<float> factors)
    {
        var (low, high) = (Vector256<float>.Zero, Vector256<float>.Zero);
        ref var first = ref MemoryMarshal.GetReference(candidates.Values);
        for (nuint at = 0; at < (nuint)(candidates.Count * Candidate.Width); at += Candidate.Width)
        {
            low += Vector256.LoadUnsafe(ref first, at);
            high += Vector256.LoadUnsafe(ref first, at + 8);
        }
        low.CopyTo(factors);
        high.CopyTo(factors[8..]);
        for (var i = 0; i < Candidate.Width; i++) factors[i] = i >= Candidate.Votes ? 1 : factors[i] > 0 ? 1 / factors[i] : 0;
    }

    /// <summary>Logarithms of a candidate's shares and of their mixture: what the blend weighs.</summary>
    public static void Logs(
        ref float row, in Vector256<float> low, in Vector256<float> high, in Vector256<float> lowMixed, in Vector256<float> highMixed,
        out Vector256<float> lowLogs, out Vector256<float> highLogs)
    {
        var lowShares = Vector256.LoadUnsafe(ref row) * low;
        var highShares = Vector256.LoadUnsafe(ref row, 8) * high;
        var mixture = Vector256.Sum((lowShares * lowMixed) + (highShares * highMixed));
        highShares = highShares.WithElement(Candidate.Due - 8, mixture);
        lowLogs = Vector256.Log(lowShares + Vector256.Create(Nothing));
        highLogs = Vector256.Log(highShares + Vector256.Create(Nothing));
    }

    private static void Score(RankingModel model, Scratch scratch, Span<float> scores)
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
            Logs(ref Unsafe.Add(ref first, i * Candidate.Width), low, high, lowMixed, highMixed, out var lowLogs, out var highLogs);
            scores[i] = Vector256.Sum((lowLogs * lowWeights) + (highLogs * highWeights));
        }
        var query = scratch.Query;
        for (var i = 0; i < query.Count; i++)
            if (SeenRow(query, i, candidates) is >= 0 and var seen)
                scores[seen] += model.Seen[0] + (model.Seen[1] * MathF.Log(query.Times[i])) + (model.Seen[2] * MathF.Log(1 + query.Lags[i]));
        if (model.Vectors is { } vectors) AddLikeness(model, vectors, scratch, scores);
    }

    private static void AddLikeness(RankingModel model, ItemVectors vectors, Scratch scratch, Span<float> scores)
    {
        Span<sbyte> latest = stackalloc sbyte[ItemVectors.Width], all = stackalloc sbyte[ItemVectors.Width];
        Directions(vectors, scratch.Query, latest, all);
        for (var i = 0; i < scores.Length; i++)
        {
            var product = scratch.Candidates.Keys[i];
            scores[i] += (model.Likeness[0] * vectors.Similarity(latest, product))
                + (model.Likeness[1] * vectors.Similarity(all, product)) + (model.Likeness[2] * vectors.Following(latest, product));
        }
    }

    /// <summary>Where the latest product and all that was seen point.</summary>
    public static void Directions(ItemVectors vectors, Query query, Span<sbyte> latest, Span<sbyte> all)
    {
        Span<float> sum = stackalloc float[ItemVectors.Width];
        sum.Clear();
        latest.Clear();
        for (var i = 0; i < query.Count; i++)
        {
            vectors.AddTo(sum, query.Products[i], query.Weights[i]);
            if (i == 0) ItemVectors.Normalize(sum, latest);
        }
        ItemVectors.Normalize(sum, all);
    }

    /// <summary>Rows of the best candidates.</summary>
    public static Span<int> Choose(ReadOnlySpan<float> scores, Scratch scratch)
    {
        var (count, ties, threshold) = (0, int.MaxValue, float.NegativeInfinity);
        if (scores.Length > RankingModel.Ranked)
        {
            var ordered = Scratch.AtLeast(ref scratch.Ordered, scores.Length).AsSpan(0, scores.Length);
            scores.CopyTo(ordered);
            threshold = Selecting.Largest(ordered, RankingModel.Ranked);
            ties = RankingModel.Ranked;
            foreach (var score in scores)
                if (score > threshold) ties--;
        }
        for (var i = 0; i < scores.Length; i++)
            if (scores[i] > threshold || (scores[i] == threshold && ties-- > 0)) scratch.Chosen[count++] = i;
        return scratch.Chosen.AsSpan(0, count);
    }

    /// <summary>Fills the scratch's columns for the rows chosen.</summary>
    public static void Columns(
        RankingModel model, in Request request, ItemIndex index, Scratch scratch, ReadOnlySpan<float> scores, ReadOnlySpan<int> chosen)
    {
        var (candidates, query) = (scratch.Candidates, scratch.Query);
        Span<float> factors = stackalloc float[Candidate.Width];
        Factors(candidates, factors);
        Span<sbyte> latest = stackalloc sbyte[ItemVectors.Width], all = stackalloc sbyte[ItemVectors.Width];
        latest.Clear();
        all.Clear();
        if (model.Vectors is not null) Directions(model.Vectors, query, latest, all);
        var best = float.NegativeInfinity;
        foreach (var row in chosen) best = Math.Max(best, scores[row]);
        var sum = 0f;
        foreach (var row in chosen) sum += MathF.Exp(scores[row] - best);
        var popularity = index.Popularity;
        var day = popularity.Scale(PopularityKind.ViewsOfDay, request.Now);
        var week = popularity.Scale(PopularityKind.ViewsOfWeek, request.Now);
        var month = popularity.Scale(PopularityKind.ViewsOfMonth, request.Now);
        var near = index.Near.Scale(request.Now);
        var last = query.Count > 0 ? query.Products[0] : -1;
        var again = candidates.RowOf(last) is >= 0 and var own ? candidates.Row(own)[Candidate.NextLast] : 0;
        var latestViews = popularity.Of(last, PopularityKind.ViewsOfMonth) * month;
        var columns = scratch.Columns;
        for (var i = 0; i < chosen.Length; i++)
        {
            var row = candidates.Row(chosen[i]);
            var product = candidates.Keys[chosen[i]];
            var at = i;
            for (var share = 0; share < (int)RankingColumn.Margin; share++, at += RankingModel.Ranked) columns[at] = row[share] * factors[share];
            void Put(RankingColumn column, float value) => columns[((int)column * RankingModel.Ranked) + i] = value;
            var views = popularity.Of(product, PopularityKind.ViewsOfMonth) * month;
            var today = popularity.Of(product, PopularityKind.ViewsOfDay) * day;
            Put(RankingColumn.Margin, scores[chosen[i]] - best);
            Put(RankingColumn.Times, 0);
            Put(RankingColumn.Lag, 0);
            Put(RankingColumn.Since, 0);
            Put(RankingColumn.ViewsOfDay, today);
            Put(RankingColumn.ViewsOfWeek, popularity.Of(product, PopularityKind.ViewsOfWeek) * week);
            Put(RankingColumn.ViewsOfMonth, views);
            Put(RankingColumn.Trend, today / (views + 1));
            Put(RankingColumn.Age, index.Recent.Added(product) / (views + 1));
            Put(RankingColumn.LikeLatest, model.Vectors?.Similarity(latest, product) ?? 0);
            Put(RankingColumn.LikeAll, model.Vectors?.Similarity(all, product) ?? 0);
            Put(RankingColumn.LikeNext, model.Vectors?.Following(latest, product) ?? 0);
            Put(RankingColumn.Lift, row[Candidate.NearLast] / (views + 1));
            Put(RankingColumn.Acts, query.Acts);
            Put(RankingColumn.Distinct, query.Count);
            Put(RankingColumn.LatestTimes, query.Count > 0 ? query.Times[0] : 0);
            Put(RankingColumn.Votes, factors[Candidate.Knn] > 0 ? 1 / factors[Candidate.Knn] : 0);
            Put(RankingColumn.LatestViews, latestViews);
            Put(RankingColumn.Again, again);
            Put(RankingColumn.Certainty, 1 / sum);
        }
        for (var i = 0; i < query.Count; i++)
        {
            if (SeenRow(query, i, candidates) is not (>= 0 and var seen) || chosen.BinarySearch(seen) is not (>= 0 and var place)) continue;
            columns[((int)RankingColumn.Times * RankingModel.Ranked) + place] = query.Times[i];
            columns[((int)RankingColumn.Lag * RankingModel.Ranked) + place] = query.Lags[i] + 1;
            columns[((int)RankingColumn.Since * RankingModel.Ranked) + place] = query.Sinces[i] + 1;
        }
    }

    private static int Eights(int count) => (count + 7) & ~7;

    /// <summary>Scores become chances: the ranked ones share one, the others come after the least of them.</summary>
    private static void Publish(ReadOnlySpan<float> scores, ReadOnlySpan<int> chosen, ReadOnlySpan<float> ranked, Scratch scratch)
    {
        var (best, least) = (float.NegativeInfinity, float.PositiveInfinity);
        foreach (var score in ranked) (best, least) = (Math.Max(best, score), Math.Min(least, score));
        var sum = 0f;
        foreach (var score in ranked) sum += MathF.Exp(score - best);
        var keys = scratch.Candidates.Keys;
        var ranking = scratch.Ranking;
        var next = 0;
        var worst = float.PositiveInfinity;
        foreach (var row in chosen) worst = Math.Min(worst, scores[row]);
        for (var i = 0; i < scores.Length; i++)
        {
            if (next < chosen.Length && chosen[next] == i) ranking.Add(keys[i], MathF.Exp(ranked[next++] - best) / sum);
            else ranking.Add(keys[i], MathF.Exp(least - best + scores[i] - worst) / sum);
        }
        ranking.Heapify();
    }
}

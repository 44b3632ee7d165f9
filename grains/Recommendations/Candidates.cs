using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Where candidates come from, and what each source knows of them.</summary>
static class Candidates
{
    // A row with few counts says little: so much is added to its sum.
    const float Doubt = 1f;

    // How many of the latest product's best successors are followed one step further.
    const int Hops = 8;

    /// <summary>Fills the table of candidates for the query.</summary>
    public static void Collect(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        BlendWeights blend,
        Scratch scratch
    )
    {
        scratch.Candidates.Clear();
        if (blend.Knn > 0)
            SessionKnn.Collect(index, blend, request.Now, shopper.Session, scratch);
        if (blend.Next > 0)
            Relate(index.Next, Candidate.Next, Candidate.NextLast, request.Now, scratch);
        if (blend.Near > 0)
            Relate(index.Near, Candidate.Near, Candidate.NearLast, request.Now, scratch);
        if (blend.Together > 0)
            Relate(index.Together, Candidate.Together, -1, request.Now, scratch);
        if (Objectives.Of(request.Placement) == Objective.Purchase)
            OwnActs.Collect(shopper, scratch.Candidates);
        if (request.Placement is not (Placement.Home or Placement.Email))
            return;
        foreach (var purchase in shopper.Purchases)
            if (Gate.IsDue(purchase, catalogue[purchase.Product], request.Now))
                scratch.Candidates.Row(scratch.Candidates.Add(purchase.Product))[Candidate.Due] = 1;
    }

    /// <summary>Adds what only a trained ranking looks at: two hops, and what was seen in this visit.</summary>
    /// <param name="mayReturn">Whether what was seen is to be shown again. For the next order all that was ever touched is a
    /// candidate already.</param>
    public static void Extend(in RecommendationRequest request, ItemIndex index, bool mayReturn, Scratch scratch)
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        if (query.Count > 0)
            Hop(index.Next, query.Products[0], request.Now, scratch);
        if (!mayReturn || Objectives.Of(request.Placement) == Objective.Purchase)
            return;
        for (var i = 0; i < query.Count; i++)
        {
            // What was seen in earlier visits or bought is a candidate too: the trees know how often.
            var row = candidates.Row(candidates.Add(query.Products[i]));
            if (query.Lags[i] >= 0)
                row[Candidate.Return] = index.Returns.Of(query.Lags[i]);
        }
    }

    static void Relate(Neighbours neighbours, int feature, int ofLatest, int now, Scratch scratch)
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.MinWeight)
                continue;
            var products = neighbours.Of(query.Products[i], out var weights);
            var share = query.Weights[i] / Sum(weights, neighbours.Scale(now));
            var rows = Scratch.AtLeast(ref scratch.Rows, products.Length);
            candidates.AddAll(products, -1, rows);
            for (var j = 0; j < products.Length; j++)
            {
                ref var row = ref candidates.At(rows, j);
                Unsafe.Add(ref row, feature) += share * weights[j];
                if (i == 0 && ofLatest >= 0)
                    Unsafe.Add(ref row, ofLatest) = share * weights[j];
            }
        }
    }

    static void Hop(Neighbours next, int latest, int now, Scratch scratch)
    {
        var candidates = scratch.Candidates;
        var products = next.Of(latest, out var weights);
        var scale = next.Scale(now);
        var sum = Sum(weights, scale);
        Span<int> best = stackalloc int[Hops];
        var count = Best(weights, best);
        for (var i = 0; i < count; i++)
        {
            var hop = products[best[i]];
            if (hop == latest)
                continue;
            var further = next.Of(hop, out var onwards);
            var share = weights[best[i]] / sum / Sum(onwards, scale);
            var rows = Scratch.AtLeast(ref scratch.Rows, further.Length);
            candidates.AddAll(further, -1, rows);
            for (var j = 0; j < further.Length; j++)
                Unsafe.Add(ref candidates.At(rows, j), Candidate.TwoHops) += share * onwards[j];
        }
    }

    static float Sum(ReadOnlySpan<float> weights, float scale)
    {
        var sums = Vector256<float>.Zero;
        var at = 0;
        for (; at + 8 <= weights.Length; at += 8)
            sums += Vector256.Create(weights[at..]);
        var sum = (Doubt / scale) + Vector256.Sum(sums);
        foreach (var weight in weights[at..])
            sum += weight;
        return sum;
    }

    /// <summary>Places of the largest weights, largest first; returns how many.</summary>
    static int Best(ReadOnlySpan<float> weights, Span<int> best)
    {
        var count = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (count == best.Length && weights[i] <= weights[best[^1]])
                continue;
            var at = count < best.Length ? count++ : count - 1;
            for (; at > 0 && weights[best[at - 1]] < weights[i]; at--)
                best[at] = best[at - 1];
            best[at] = i;
        }
        return count;
    }
}

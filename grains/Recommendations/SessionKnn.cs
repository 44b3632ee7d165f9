using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Session kNN over an index by product (VMIS-kNN: Kersbergen et al., "Serenade", SIGMOD 2022) with the decays of STAN
/// (Garg et al., SIGIR 2019): by place in the customer's own history, by age of the neighbour session, by distance from the
/// click that both have in common. The common product itself is a candidate too: people come back to what they saw.</summary>
internal static class SessionKnn
{
    private const int Reach = 10; // beyond it a click counts next to nothing
    private const int Sides = (2 * Reach) - 1;
    private const float FreshFor = 2 * 86_400; // seconds after which a fresh session counts half
    private const int OwnVisit = 86_400; // a visit that has been silent longer is not the one going on

    /// <summary>Adds what the neighbours' clicks say to <see cref="Candidate.Knn"/> and the seven after it.</summary>
    public static void Collect(ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch)
    {
        FindSessions(index, scratch);
        var neighbours = Nearest(index, blend, now, own, scratch);
        Span<float> sides = stackalloc float[Sides];
        for (var i = 0; i < Sides; i++)
        {
            var distance = i - Reach + 1;
            var side = distance == 0 ? blend.AtMatch : distance < 0 ? blend.BeforeMatch : 1;
            sides[i] = side * MathF.Exp(-Math.Abs(distance) / blend.DistanceScale);
        }
        var sessions = scratch.Sessions.Keys;
        foreach (var i in neighbours)
        {
            var vote = new Vote(
                scratch.Similarities[i], scratch.Sessions.Values[i], Fresh(index.Sessions.TimeOf(sessions[i]), now));
            Spread(index.Sessions.Clicks(sessions[i]), vote, sides, scratch);
        }
    }

    /// <summary>What a neighbour's clicks count: with decay by age, without any, and how fresh it is.</summary>
    private readonly record struct Vote(float Similarity, float Plain, float Fresh);

    private static float Fresh(int time, int now)
    {
        var age = Math.Max(0, (float)now - time) / FreshFor;
        return 1 / (1 + (age * age));
    }

    /// <summary>Sessions that share products with the query, with the sum of the shared products' weights.</summary>
    private static void FindSessions(ItemIndex index, Scratch scratch)
    {
        var (sessions, query) = (scratch.Sessions, scratch.Query);
        sessions.Clear();
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.LeastWeight) continue;
            var earlier = index.Recent.Of(query.Products[i], out var later);
            // The latest first: of equal neighbours those found first are taken.
            for (var j = later.Length - 1; j >= 0; j--) sessions.At(later[j]) += query.Weights[i];
            for (var j = earlier.Length - 1; j >= 0; j--) sessions.At(earlier[j]) += query.Weights[i];
        }
    }

    /// <summary>Lets similarity decay with age. Returns the rows of the sessions taken as neighbours.</summary>
    private static ReadOnlySpan<int> Nearest(ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch)
    {
        var sessions = scratch.Sessions.Keys;
        var shared = scratch.Sessions.Values;
        var similarities = Scratch.AtLeast(ref scratch.Similarities, sessions.Length).AsSpan(0, sessions.Length);
        var perSecond = 1 / (blend.SessionHalfLifeDays * 86_400f);
        for (var i = 0; i < similarities.Length; i++)
        {
            var age = Math.Max(0, (float)now - index.Sessions.TimeOf(sessions[i]));
            similarities[i] = shared[i] / (1 + (age * perSecond));
            if (own != 0 && age < OwnVisit && index.Sessions.KeyOf(sessions[i]) == own) similarities[i] = 0;
        }
        var (threshold, ties) = (0f, int.MaxValue);
        if (similarities.Length > blend.Neighbours)
        {
            var ordered = Scratch.AtLeast(ref scratch.Ordered, similarities.Length).AsSpan(0, similarities.Length);
            similarities.CopyTo(ordered);
            threshold = Selecting.Largest(ordered, blend.Neighbours);
            ties = blend.Neighbours;
            foreach (var similarity in similarities)
                if (similarity > threshold) ties--;
        }
        var nearest = Scratch.AtLeast(ref scratch.Nearest, similarities.Length);
        var (count, touched) = (0, 0);
        for (var i = 0; i < similarities.Length; i++)
        {
            var similarity = similarities[i];
            if (similarity < threshold || similarity <= 0 || (similarity == threshold && ties-- <= 0)) continue;
            nearest[count++] = i;
            // Reads that do not wait for each other bring the clicks near the processor.
            if (index.Sessions.Clicks(sessions[i]) is { IsEmpty: false } clicks) touched += clicks[^1];
        }
        scratch.Touched = touched;
        return nearest.AsSpan(0, count);
    }

    private static void Spread(ReadOnlySpan<int> clicks, in Vote vote, ReadOnlySpan<float> sides, Scratch scratch)
    {
        var query = scratch.Query;
        var match = LastMatch(clicks, query.Eights);
        if (match < 0) return;
        var candidates = scratch.Candidates;
        var (similarity, plain) = (vote.Similarity, vote.Plain);
        var isLast = SessionLog.ProductOf(clicks[match]) == query.Products[0];
        // A single product weighs 1 at most: beyond it there are two.
        var isPair = plain > 1.0001f;
        var near = Vector256.Create(
            similarity, 0, 0, isLast ? similarity : 0, similarity / MathF.Sqrt(clicks.Length), plain * vote.Fresh, 0, isPair ? similarity : 0);
        var far = Vector256.Create(0, plain, 0, 0, 0, 0, 0, 0);
        var before = near + Vector256.Create(0, 0, 0, 0, 0, 0, similarity, 0);
        var until = Math.Min(clicks.Length, match + Reach);
        for (var i = Math.Max(0, match - Reach + 1); i < until; i++)
        {
            ref var row = ref candidates.At(SessionLog.ProductOf(clicks[i]));
            var side = Vector256.Create(sides[i - match + Reach - 1]);
            (Vector256.LoadUnsafe(ref row) + ((i < match ? before : near) * side) + far).StoreUnsafe(ref row);
            if (i == match + 1) Unsafe.Add(ref row, Candidate.KnnAfter) += similarity;
        }
    }

    /// <param name="clicks">Oldest first.</param>
    /// <param name="products">Eight by eight.</param>
    private static int LastMatch(ReadOnlySpan<int> clicks, ReadOnlySpan<int> products)
    {
        ref var first = ref MemoryMarshal.GetReference(products);
        for (var i = clicks.Length - 1; i >= 0; i--)
        {
            var click = Vector256.Create(SessionLog.ProductOf(clicks[i]));
            for (nuint at = 0; at < (nuint)products.Length; at += 8)
                if (Vector256.EqualsAny(Vector256.LoadUnsafe(ref first, at), click)) return i;
        }
        return -1;
    }
}

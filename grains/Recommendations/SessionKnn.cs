using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Session kNN over an index by product (VMIS-kNN: Kersbergen et al., "Serenade", SIGMOD 2022) with the decays of STAN
/// (Garg et al., SIGIR 2019): by place in the customer's own history, by age of the neighbour session, by distance from the
/// click that both have in common. The common product itself is a candidate too: people come back to what they saw.</summary>
internal static class SessionKnn
{
    private const int Reach = 10; // beyond it a click counts next to nothing
    private const float FreshFor = 2 * 86_400; // seconds after which a fresh session counts half
    private const int OwnVisit = 86_400; // a visit that has been silent longer is not the one going on

    /// <summary>Adds what the neighbours' clicks say to <see cref="Candidate.Knn"/> and the seven after it.</summary>
    public static void Collect(ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch)
    {
        FindSessions(index, scratch);
        var threshold = Weigh(index, blend, now, own, scratch, out var ties);
        Span<float> distances = stackalloc float[Reach];
        for (var i = 0; i < Reach; i++) distances[i] = MathF.Exp(-i / blend.DistanceScale);
        var sessions = scratch.Sessions.Keys;
        for (var i = 0; i < sessions.Length; i++)
        {
            var similarity = scratch.Similarities[i];
            if (similarity < threshold || similarity <= 0 || (similarity == threshold && ties-- <= 0)) continue;
            var vote = new Vote(similarity, scratch.Sessions.Values[i], Fresh(index.Sessions.TimeOf(sessions[i]), now));
            Spread(index.Sessions.Clicks(sessions[i]), vote, distances, blend, scratch);
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
        var latest = Scratch.AtLeast(ref scratch.Latest, index.Options.SessionsPerItem);
        sessions.Clear();
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.LeastWeight) continue;
            var count = index.Recent.Latest(query.Products[i], latest);
            for (var j = 0; j < count; j++) sessions.Row(sessions.Add(latest[j]))[0] += query.Weights[i];
        }
    }

    /// <summary>Lets similarity decay with age. Returns the similarity of the last neighbour taken, and how many of that very
    /// similarity are taken.</summary>
    private static float Weigh(
        ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch, out int ties)
    {
        var count = scratch.Sessions.Count;
        var similarities = Scratch.AtLeast(ref scratch.Similarities, count).AsSpan(0, count);
        var perSecond = 1 / (blend.SessionHalfLifeDays * 86_400f);
        for (var i = 0; i < count; i++)
        {
            var age = Math.Max(0, (float)now - index.Sessions.TimeOf(scratch.Sessions.Keys[i]));
            similarities[i] = scratch.Sessions.Values[i] / (1 + (age * perSecond));
            if (own != 0 && age < OwnVisit && index.Sessions.KeyOf(scratch.Sessions.Keys[i]) == own) similarities[i] = 0;
        }
        ties = int.MaxValue;
        if (count <= blend.Neighbours) return 0;
        var ordered = Scratch.AtLeast(ref scratch.Ordered, count).AsSpan(0, count);
        similarities.CopyTo(ordered);
        var threshold = Selecting.Largest(ordered, blend.Neighbours);
        ties = blend.Neighbours;
        foreach (var similarity in similarities)
            if (similarity > threshold) ties--;
        return threshold;
    }

    private static void Spread(
        ReadOnlySpan<int> clicks, in Vote vote, ReadOnlySpan<float> distances, BlendWeights blend, Scratch scratch)
    {
        var match = LastMatch(clicks, scratch.Query.Products);
        if (match < 0) return;
        var candidates = scratch.Candidates;
        var (similarity, plain) = (vote.Similarity, vote.Plain);
        var isLast = SessionLog.ProductOf(clicks[match]) == scratch.Query.Products[0];
        // A single product weighs 1 at most: beyond it there are two.
        var isPair = plain > 1.0001f;
        var near = Vector256.Create(
            similarity, 0, 0, isLast ? similarity : 0, similarity / MathF.Sqrt(clicks.Length), plain * vote.Fresh, 0, isPair ? similarity : 0);
        var far = Vector256.Create(0, plain, 0, 0, 0, 0, 0, 0);
        var after = Vector256.Create(0, 0, similarity, 0, 0, 0, 0, 0);
        var before = Vector256.Create(0, 0, 0, 0, 0, 0, similarity, 0);
        var until = Math.Min(clicks.Length, match + Reach);
        for (var i = Math.Max(0, match - Reach + 1); i < until; i++)
        {
            var side = (i == match ? blend.AtMatch : i < match ? blend.BeforeMatch : 1) * distances[Math.Abs(i - match)];
            ref var row = ref candidates.Row(candidates.Add(SessionLog.ProductOf(clicks[i])))[0];
            var votes = Vector256.LoadUnsafe(ref row) + (near * side) + far;
            if (i < match) votes += before * side;
            else if (i == match + 1) votes += after;
            votes.StoreUnsafe(ref row);
        }
    }

    private static int LastMatch(ReadOnlySpan<int> clicks, ReadOnlySpan<int> products)
    {
        for (var i = clicks.Length - 1; i >= 0; i--)
            if (products.Contains(SessionLog.ProductOf(clicks[i]))) return i;
        return -1;
    }
}

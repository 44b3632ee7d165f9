using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Session kNN over an index by product (VMIS-kNN: Kersbergen et al., "Serenade", SIGMOD 2022) with the decays of STAN
/// (Garg et al., SIGIR 2019): by place in the customer's own history, by age of the neighbour session, by distance from the
/// click that both have in common. The common product itself is a candidate too: people come back to what they saw.</summary>
static class SessionKnn
{
    const int Reach = 10; // beyond it a click counts next to nothing
    const int Sides = (2 * Reach) - 1;
    const float FreshFor = 2 * 86_400; // seconds after which a fresh session counts half
    static readonly float[] InverseRoots = [.. Enumerable.Range(0, 1025).Select(length => 1 / MathF.Sqrt(Math.Max(1, length)))];
    const int OwnVisit = 86_400; // a visit that has been silent longer is not the one going on

    /// <summary>Adds what the neighbours' clicks say to <see cref="Candidate.Knn"/> and the seven after it.</summary>
    public static void Collect(ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch)
    {
        FindSessions(index, scratch);
        var neighbours = Nearest(index, blend, now, own, scratch);
        Span<Vector256<float>> sides = stackalloc Vector256<float>[Sides];
        Span<int> rows = stackalloc int[Sides];
        for (var i = 0; i < Sides; i++)
            sides[i] = Side(i - Reach + 1, blend);
        var sessions = scratch.Sessions.Keys;
        foreach (var i in neighbours)
        {
            var vote = new Vote(scratch.Similarities[i], scratch.Sessions.Values[i], Fresh(scratch.Times[i], now));
            Spread(index.Sessions.Clicks(sessions[i]), vote, sides, rows, scratch);
        }
    }

    /// <summary>The visit going on is no neighbour of itself.</summary>
    static void Leave(ulong own, ItemIndex index, int now, Scratch scratch, Span<float> similarities)
    {
        var sessions = scratch.Sessions.Keys;
        for (var i = 0; i < similarities.Length; i++)
            if (now - scratch.Times[i] < OwnVisit && index.Sessions.KeyOf(sessions[i]) == own)
                similarities[i] = 0;
    }

    /// <summary>What a neighbour's clicks count: with decay by age, without any, and how fresh it is.</summary>
    readonly record struct Vote(float Similarity, float Plain, float Fresh);

    static float Fresh(int time, int now)
    {
        var age = Math.Max(0, (float)now - time) / FreshFor;
        return 1 / (1 + (age * age));
    }

    /// <summary>What a click counts by its distance from the match, for each of the eight votes.</summary>
    static Vector256<float> Side(int distance, BlendWeights blend)
    {
        var side =
            distance == 0 ? blend.AtMatch
            : distance < 0 ? blend.BeforeMatch
            : 1;
        var decayed = side * MathF.Exp(-Math.Abs(distance) / blend.DistanceScale);
        return Vector256
            .Create(decayed)
            .WithElement(Candidate.KnnPlain, 1)
            .WithElement(Candidate.KnnAfter, distance == 1 ? 1 : 0)
            .WithElement(Candidate.KnnBefore, distance < 0 ? decayed : 0);
    }

    /// <summary>Sessions that share products with the query, with the sum of the shared products' weights.</summary>
    static void FindSessions(ItemIndex index, Scratch scratch)
    {
        var (sessions, query) = (scratch.Sessions, scratch.Query);
        var expected = 0;
        for (var i = 0; i < query.Count; i++)
            if (query.Weights[i] >= Query.MinWeight)
                expected += Math.Min(index.Recent.Added(query.Products[i]), index.Options.SessionsPerItem);
        sessions.Clear(expected);
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.MinWeight)
                continue;
            var earlier = index.Recent.Of(query.Products[i], out var later);
            Count(later, query.Weights[i], scratch);
            Count(earlier, query.Weights[i], scratch);
        }
    }

    static void Count(ReadOnlySpan<int> sessions, float weight, Scratch scratch)
    {
        if (sessions.IsEmpty)
            return;
        var latestFirst = Scratch.AtLeast(ref scratch.Ordered, sessions.Length).AsSpan(0, sessions.Length);
        sessions.CopyTo(latestFirst);
        latestFirst.Reverse(); // of equal neighbours those found first are taken
        scratch.Sessions.AddAll(latestFirst, -1, latestFirst);
        ref var shared = ref scratch.Sessions.First;
        foreach (var row in latestFirst)
            Unsafe.Add(ref shared, row) += weight;
    }

    /// <summary>Lets similarity decay with age. Returns the rows of the sessions taken as neighbours.</summary>
    static ReadOnlySpan<int> Nearest(ItemIndex index, BlendWeights blend, int now, ulong own, Scratch scratch)
    {
        var sessions = scratch.Sessions.Keys;
        var shared = scratch.Sessions.Values;
        var similarities = Scratch.AtLeast(ref scratch.Similarities, sessions.Length).AsSpan(0, sessions.Length);
        Scratch.AtLeast(ref scratch.Times, sessions.Length);
        index.Sessions.TimesOf(sessions, scratch.Times);
        var perSecond = 1 / (blend.SessionHalfLifeDays * 86_400f);
        for (var i = 0; i < similarities.Length; i++)
            similarities[i] = shared[i] / (1 + (Math.Max(0, now - scratch.Times[i]) * perSecond));
        if (own != 0)
            Leave(own, index, now, scratch, similarities);
        // As many as there may be: all that are like the query at all.
        var (threshold, ties) = (0f, 0);
        if (similarities.Length > blend.Neighbours)
            (threshold, ties) = Selecting.Largest(
                similarities,
                blend.Neighbours,
                Scratch.AtLeast(ref scratch.Ordered, similarities.Length)
            );
        var nearest = Scratch.AtLeast(ref scratch.Nearest, similarities.Length + 1);
        var count = 0;
        for (var i = 0; i < similarities.Length; i++)
        {
            // Written in any case and kept or not: no branch to guess.
            nearest[count] = i;
            count += similarities[i] > threshold ? 1 : 0;
            if (similarities[i] != threshold || ties <= 0 || threshold <= 0)
                continue;
            ties--;
            count++;
        }
        var touched = 0;
        // Reads that do not wait for each other bring the clicks near the processor.
        for (var i = 0; i < count; i++)
            if (index.Sessions.Clicks(sessions[nearest[i]]) is { IsEmpty: false } clicks)
                touched += clicks[^1];
        scratch.Touched = touched;
        return nearest.AsSpan(0, count);
    }

    static void Spread(
        ReadOnlySpan<int> clicks,
        in Vote vote,
        ReadOnlySpan<Vector256<float>> sides,
        Span<int> rows,
        Scratch scratch
    )
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        var match = LastMatch(clicks, query.Eights);
        if (match < 0)
            return;
        var (similarity, plain) = (vote.Similarity, vote.Plain);
        var isLast = SessionLog.ProductOf(clicks[match]) == query.Products[0];
        // A single product weighs 1 at most: beyond it there are two.
        var isPair = plain > 1.0001f;
        var votes = Vector256.Create(
            similarity,
            plain,
            similarity,
            isLast ? similarity : 0,
            similarity * InverseRoots[clicks.Length],
            plain * vote.Fresh,
            similarity,
            isPair ? similarity : 0
        );
        var from = Math.Max(0, match - Reach + 1);
        var window = clicks[from..Math.Min(clicks.Length, match + Reach)];
        sides = sides.Slice(from - match + Reach - 1, window.Length);
        candidates.AddAll(window, SessionLog.MaxProducts - 1, rows);
        ref var first = ref candidates.First;
        for (var i = 0; i < sides.Length; i++)
        {
            ref var row = ref Unsafe.Add(ref first, rows[i] * Candidate.Width);
            (Vector256.LoadUnsafe(ref row) + (votes * sides[i])).StoreUnsafe(ref row);
        }
    }

    /// <param name="clicks">Oldest first.</param>
    /// <param name="products">Eight by eight.</param>
    static int LastMatch(ReadOnlySpan<int> clicks, ReadOnlySpan<int> products)
    {
        ref var first = ref MemoryMarshal.GetReference(products);
        for (var i = clicks.Length - 1; i >= 0; i--)
        {
            var click = Vector256.Create(SessionLog.ProductOf(clicks[i]));
            for (nuint at = 0; at < (nuint)products.Length; at += 8)
                if (Vector256.EqualsAny(Vector256.LoadUnsafe(ref first, at), click))
                    return i;
        }
        return -1;
    }
}

using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Models;

/// <summary>Clicks of many visits, in the order of time: parallel columns.</summary>
/// <param name="Sessions">A number per visit.</param>
/// <param name="Items">Product numbers.</param>
/// <param name="Times">Unix seconds, never falling.</param>
public sealed record ClickLog(int[] Sessions, int[] Items, int[] Times)
{
    public int Count => Items.Length;

    /// <summary>Records clicks, one after the other, as a server does. Session keys are the numbers plus one.</summary>
    public void Replay(ItemIndex index, int from, int until)
    {
        for (int i = from; i < until; i++)
            index.Record(KeyOf(i), Items[i], Signal.View, Times[i]);
    }

    public ulong KeyOf(int click) => (ulong)Sessions[click] + 1;

    /// <summary>The first click of the last part of the visits: the visits that begin there or later are that share.</summary>
    public int StartOfLast(double share)
    {
        var begun = new HashSet<int>();
        int total = Sessions.Distinct().Count(), at = 0;
        while (at < Count && (begun.Contains(Sessions[at]) || begun.Count < total * (1 - share)))
            begun.Add(Sessions[at++]);
        return at;
    }

    /// <summary>What was asked within clicks [from, until): each click after the first of its visit, with those before it. Clicks
    /// before <paramref name="from"/> of the same visit belong to the prefix.</summary>
    public List<Prefix> Prefixes(int from, int until)
    {
        var begun = new Dictionary<int, List<int>>();
        var inside = new HashSet<int>();
        for (int i = from; i < until; i++)
            inside.Add(Sessions[i]);
        var prefixes = new List<Prefix>();
        for (int i = 0; i < until; i++)
        {
            if (!inside.Contains(Sessions[i]))
                continue;
            if (!begun.TryGetValue(Sessions[i], out var clicks))
                begun[Sessions[i]] = clicks = [];
            if (i >= from && clicks.Count > 0)
                prefixes.Add(new([.. clicks.TakeLast(Prefix.Longest)], Items[i], KeyOf(i)));
            clicks.Add(Items[i]);
        }
        return prefixes;
    }
}

/// <summary>A question with its answer: what a visitor clicked so far, and what came next.</summary>
/// <param name="Items">Product numbers, oldest first; never empty.</param>
/// <param name="Next">The next product's number; -1 for one that the training file does not know.</param>
/// <param name="Session">Key of the visit in the index; 0 for one that it does not hold.</param>
public sealed record Prefix(int[] Items, int Next, ulong Session = 0)
{
    /// <summary>Clicks kept of a visit: as many as a customer remembers.</summary>
    public const int Longest = 120;

    /// <summary>As a customer remembers them, all in visit 1.</summary>
    public Touch[] ToTouches(int time) => [.. Items.Select(item => new Touch(item, time, Signal.View, 1))];
}

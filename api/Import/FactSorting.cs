using System.Runtime.InteropServices;

namespace Personalization.Import;

/// <summary>
/// Puts facts in order of time, and numbers those that are otherwise equal. Up to <c>window</c> facts (some hundred
/// bytes each) are sorted in memory; beyond that sorted runs go to temporary files, which are merged: memory stays
/// bounded by the window whatever the size of the import. Facts of the same time keep the order they came in.
/// </summary>
public static class FactSorting
{
    public const int Window = 500_000;

    /// <summary>
    /// Reads all facts before the first comes out. Equal keys within one file become keys of their own: a row that stands
    /// twice in a file happened twice, and a file imported twice numbers its rows alike.
    /// </summary>
    /// <param name="scratch">A folder for the temporary files; they hold personal data and vanish with the enumeration.</param>
    public static SortedFacts Sort(IEnumerable<ImportedFact> facts, string scratch, int window = Window)
    {
        var runs = new List<FactRun>();
        var held = new List<ImportedFact>();
        long count = 0;
        try
        {
            foreach (var fact in facts)
            {
                if (held.Count == window)
                {
                    runs.Add(FactRun.Write(InOrder(held), scratch));
                    held.Clear();
                }
                held.Add(fact);
                count++;
            }
        }
        catch
        {
            foreach (var run in runs)
                run.Dispose();
            throw;
        }
        return new SortedFacts(runs, InOrder(held), count);
    }

    static ImportedFact[] InOrder(List<ImportedFact> facts)
    {
        var sorted = facts.ToArray();
        var keys = new (long Time, int Place)[sorted.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = (sorted[i].Time, i);
        Array.Sort(keys, sorted);
        return sorted;
    }
}

/// <summary>Facts in order of time. To be enumerated once, and disposed of.</summary>
public sealed class SortedFacts(IReadOnlyList<FactRun> runs, ImportedFact[] newest, long count) : IDisposable
{
    public long Count => count;

    public IEnumerable<ImportedFact> Facts() => Numbered(runs.Count == 0 ? newest : Merged());

    public void Dispose()
    {
        foreach (var run in runs)
            run.Dispose();
    }

    /// <summary>Merges the runs; at equal times the earlier run, which holds what came in earlier, goes first.</summary>
    IEnumerable<ImportedFact> Merged()
    {
        var sources = runs.Select(run => run.Read().GetEnumerator()).Append(newest.AsEnumerable().GetEnumerator()).ToArray();
        var queue = new PriorityQueue<int, (long Time, int Run)>();
        for (var i = 0; i < sources.Length; i++)
            Advance(i);
        while (queue.TryDequeue(out var run, out _))
        {
            yield return sources[run].Current;
            Advance(run);
        }

        void Advance(int run)
        {
            if (sources[run].MoveNext())
                queue.Enqueue(run, (sources[run].Current.Time, run));
        }
    }

    /// <summary>Facts with equal keys have equal times, so that only those of one millisecond are to be remembered.</summary>
    static IEnumerable<ImportedFact> Numbered(IEnumerable<ImportedFact> facts)
    {
        var met = new Dictionary<(UInt128 Key, int File), int>();
        var now = long.MinValue;
        foreach (var fact in facts)
        {
            if (fact.Time != now)
                met.Clear();
            now = fact.Time;
            var occurrence = fact.KeyFromSender ? 1 : NextNumber(met, (fact.Key, fact.File));
            if (occurrence > 1)
                fact.Key = FactKey.Numbered(fact.Key, occurrence);
            yield return fact;
        }
    }

    static int NextNumber(Dictionary<(UInt128 Key, int File), int> met, (UInt128, int) fact) =>
        ++CollectionsMarshal.GetValueRefOrAddDefault(met, fact, out _);
}

using System.Diagnostics;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Storage.Sqlite;

namespace Personalization.Benchmarks;

/// <summary>The store alone: commits of one small turn each by many callers, against the same rows put in by one thread.</summary>
static class CommitBenchmark
{
    const int Rounds = 5,
        Commits = 40_000,
        Callers = 256,
        Customers = 20_000;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var (data, other) = (shop.Scratch, shop.Scratch);
        await using (var store = await SqliteStore.OpenAsync(new StoreOptions { DataDirectory = data }, TimeProvider.System))
        using (var raw = new RawJournal(other))
        {
            var random = new Random(3);
            var versions = new int[Customers];
            var rows = new List<RawJournal.Row>();
            var (ours, limit) = await Interleaved.MediansAsync(
                Rounds,
                _ => StoreAsync(store, rows = Rows(random, versions)),
                _ => Task.FromResult(Commits / raw.Write(rows, Callers))
            );
            figures.Add("commit", ours, "commits/s", limit);
        }
        PreparedShop.Delete(data);
        PreparedShop.Delete(other);
    }

    /// <summary>Turns of customers in random order; each customer's follow each other so far apart that none waits for another.</summary>
    static List<RawJournal.Row> Rows(Random random, int[] versions)
    {
        var rows = new List<RawJournal.Row>(Commits);
        for (var i = 0; i < Commits; i++)
        {
            var body = new byte[48];
            random.NextBytes(body);
            var customer = i % Customers;
            rows.Add(
                new RawJournal.Row(
                    (customer + 1) * 0x1E3779B97F4A7C15L & long.MaxValue,
                    ++versions[customer],
                    1_700_000_000_000 + i,
                    body,
                    null,
                    null
                )
            );
        }
        return rows;
    }

    static async Task<double> StoreAsync(SqliteStore store, List<RawJournal.Row> rows)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref next) is var i && i < rows.Count)
                        {
                            var row = rows[i];
                            var result = await store.CommitAsync(
                                new Commit { Turns = [new TurnEntry(row.Customer, row.Version, row.Time, row.Body, default)] }
                            );
                            if (result.Outcome != CommitOutcome.Committed)
                                throw new InvalidOperationException($"A commit was refused: {result.Outcome}.");
                        }
                    })
                )
        );
        return rows.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}

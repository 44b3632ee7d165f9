using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Personalization.Churn;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Models.Trees;

namespace Personalization.Benchmarks;

/// <summary>
/// Churn on CDNOW's customers (180 days, learned at two days of 1997, judged at the end of it), or on as many simulated ones where
/// the file is absent: the fit of trees alone, scoring of rows by one thread, and one customer from history to risk.
/// </summary>
static class ChurnBenchmark
{
    const int Horizon = 180,
        Customers = 23_570,
        Repeats = 7;
    static readonly int First = Seconds(1997, 1, 1),
        Test = Seconds(1998, 1, 1);
    static readonly int[] Cutoffs = [Seconds(1997, 5, 6), Seconds(1997, 7, 5)];

    public static Task RunAsync(PreparedShop shop, Figures figures)
    {
        var customers = SharedData.Find("cdnow-master.txt.gz") is { } file ? TransactionFile.Read(file, "cdnow") : Simulated();
        var snapshots = Snapshots.Stack(customers, [.. Cutoffs, Test], Horizon);
        var (train, test) = (snapshots.Of(Cutoffs), snapshots.Of([Test]));
        Figures.Note($"{train.Count} rows to learn from, {test.Count} to score");
        var task = new ChurnTask(train, test, Horizon, "benchmark", new());
        figures.Add("churn.fit", Median(() => ChurnTrees.Fit(task)) / 1e9, "s");
        var trained = ChurnMethods.Train(task);
        foreach (var method in trained.Where(method => method.Method is ChurnMethods.Trees or ChurnMethods.Blended))
        {
            var (model, name) = (method.Model, method.Method == ChurnMethods.Trees ? "trees" : "blend");
            Rows(model, name, test, figures);
            Customer(model, name, customers, figures);
        }
        return Task.CompletedTask;
    }

    // The limit only reads the rows.
    static void Rows(ChurnModel model, string name, Snapshots test, Figures figures)
    {
        var risks = new double[test.Count];
        var sum = Vector<float>.Zero;
        double ours = Fastest(() => model.Risk(test.Rows, risks)),
            read = Fastest(() =>
            {
                foreach (var values in MemoryMarshal.Cast<float, Vector<float>>(test.Rows))
                    sum += values;
            });
        GC.KeepAlive(sum);
        figures.Add($"churn.row.{name}", ours / test.Count, "ns", read / test.Count, "target: at most 300 ns");
    }

    static void Customer(ChurnModel model, string name, List<TrainingCustomer> customers, Figures figures)
    {
        float highest = 0;
        Assess();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assess();
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        figures.Add(
            $"churn.customer.{name}",
            Fastest(Assess) / customers.Count / 1000,
            "us",
            target: "target: at most 2 us, features included"
        );
        figures.Add($"churn.customer.{name}.bytes", bytes / (double)customers.Count, "bytes", target: "target: 0");

        void Assess()
        {
            foreach (var customer in customers)
                if (model.Assess(customer.History, Test) is { } assessment)
                    highest = Math.Max(highest, assessment.Risk);
        }
    }

    // Processor time, for the machine is not ours alone; long enough for the compiler to have done its best.
    static double Fastest(Action work)
    {
        var best = double.MaxValue;
        for (var first = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(first) < TimeSpan.FromSeconds(1.5); )
            best = Math.Min(best, Time(work));
        return best;
    }

    // The first warms up.
    static double Median(Action work)
    {
        work();
        return Interleaved.Median([.. Enumerable.Range(0, Repeats).Select(_ => Time(work, elapsed: true))]);
    }

    static double Time(Action work, bool elapsed = false)
    {
        var (started, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        work();
        return (elapsed ? Stopwatch.GetElapsedTime(started) : Environment.CpuUsage.TotalTime - processor).TotalNanoseconds;
    }

    static List<TrainingCustomer> Simulated()
    {
        Figures.Note($"shared/data is not here: {Customers} simulated customers are used instead");
        var random = new Random(1);
        return
        [
            .. Enumerable
                .Range(1, Customers)
                .Select(number =>
                {
                    var bought = new List<Purchase>();
                    double rate = -Math.Log(1 - random.NextDouble()) / 80,
                        leaves = random.NextDouble();
                    for (double day = random.Next(84); day < 545; day += -Math.Log(1 - random.NextDouble()) / rate)
                    {
                        bought.Add(new(First + (int)day * ChurnHistory.Day, random.Next(100_000, 900_000), random.Next(1, 5), 1));
                        if (random.NextDouble() < leaves)
                            break;
                    }
                    return new TrainingCustomer(number, [.. bought], [], [], bought[0].Time, []);
                }),
        ];
    }

    static int Seconds(int year, int month, int day) =>
        (int)new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
}

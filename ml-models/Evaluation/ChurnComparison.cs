using System.Diagnostics;
using Personalization.Churn;
using Personalization.Models.Training;
using Personalization.Models.Trees;

namespace Personalization.Models.Evaluation;

/// <summary>How one method did on later data.</summary>
/// <param name="Method">Its name.</param>
/// <param name="All">Every customer who had bought by the test cutoff.</param>
/// <param name="Active">Those of them who had bought within the last 180 days; null when there are none of either kind.</param>
/// <param name="FitSeconds">Processor time of all threads, so that a busy machine does not change it.</param>
/// <param name="NanosecondsPerRow">Processor time of scoring a row that is already computed; 0 where it was not measured.</param>
/// <param name="Auc">Of all, with its bounds; null where they were not worked out.</param>
/// <param name="CrossValidatedLogLoss">On the training rows; null where it was not worked out.</param>
public sealed record MethodResult(
    string Method,
    ClassificationMetrics All,
    ClassificationMetrics? Active,
    double FitSeconds,
    double NanosecondsPerRow,
    Interval? Auc = null,
    double? CrossValidatedLogLoss = null
);

/// <summary>Methods side by side, trained on the same snapshots and judged on the same later ones.</summary>
/// <param name="Methods">Simplest first.</param>
/// <param name="Risks">What each predicted for the test's customers, in the order of <paramref name="Methods"/>.</param>
/// <param name="Best">The method to put in use, chosen on the training rows; the test has no say in it.</param>
public sealed record ChurnComparison(IReadOnlyList<MethodResult> Methods, IReadOnlyList<double[]> Risks, TrainedChurn Best)
{
    const int ActiveDays = 180;

    /// <param name="train">To learn from.</param>
    /// <param name="test">To judge by, later.</param>
    /// <param name="horizonDays">Of the labels.</param>
    /// <param name="version">What the models are called.</param>
    /// <param name="settings">Of trees.</param>
    /// <param name="progress">Called with what is being trained and its share.</param>
    /// <param name="timed">Whether to measure how fast rows are scored: half a second a method.</param>
    public static ChurnComparison Run(
        Snapshots train,
        Snapshots test,
        int horizonDays,
        string version,
        BoostingSettings settings,
        Action<string, double>? progress = null,
        bool timed = true
    )
    {
        var trained = ChurnMethods.Train(new(train, test, horizonDays, version, settings), progress);
        var (methods, risks) = (new List<MethodResult>(), new List<double[]>());
        foreach (var method in trained)
        {
            risks.Add(Predict(method.Model, test));
            double nanoseconds = timed ? NanosecondsPerRow(method.Model, test) : 0;
            methods.Add(
                Judge(method.Method, test, risks[^1], method.Seconds, nanoseconds) with
                {
                    Auc = Bootstrap.Auc(risks[^1], test.Labels, settings.Seed),
                    CrossValidatedLogLoss = method.CrossValidatedLogLoss,
                }
            );
        }
        return new(methods, risks, ChurnMethods.Best(trained, train));
    }

    /// <summary>AUC of the first method less that of the second, on the same draws of customers.</summary>
    public Interval AucDifference(string method, string other, bool[] churned) =>
        Bootstrap.AucDifference(RisksOf(method), RisksOf(other), churned);

    /// <summary>What a method predicted for the test's customers.</summary>
    public double[] RisksOf(string method) => Risks[Methods.TakeWhile(result => result.Method != method).Count()];

    /// <summary>What a model predicts for each snapshot.</summary>
    public static double[] Predict(ChurnModel model, Snapshots snapshots)
    {
        var risks = new double[snapshots.Count];
        model.Risk(snapshots.Rows, risks);
        return risks;
    }

    /// <summary>Metrics of risks on snapshots.</summary>
    public static MethodResult Judge(
        string method,
        Snapshots test,
        double[] risks,
        double fitSeconds = 0,
        double nanosecondsPerRow = 0
    )
    {
        int[] active = [.. Enumerable.Range(0, test.Count).Where(i => test.Value(i, ChurnFeature.Recency) <= ActiveDays)];
        bool[] labels = [.. active.Select(i => test.Labels[i])];
        bool both = labels.Contains(true) && labels.Contains(false);
        return new(
            method,
            ClassificationMetrics.Of(risks, test.Labels),
            both ? ClassificationMetrics.Of([.. active.Select(i => risks[i])], labels) : null,
            fitSeconds,
            nanosecondsPerRow
        );
    }

    /// <summary>Spend within the horizon, units of currency: what a model expected of all customers, and what came.</summary>
    public static (double Expected, double Actual) Value(ChurnModel model, Snapshots test)
    {
        double expected = 0;
        for (int i = 0; i < test.Count; i++)
            expected +=
                (1 - model.Risk(test.Row(i)))
                * ExpectedSpend.IfStaying(
                    (int)test.Value(i, ChurnFeature.PurchaseDays),
                    (int)test.Value(i, ChurnFeature.RepeatSpan),
                    test.Value(i, ChurnFeature.NetSpend),
                    model.Population,
                    model.HorizonDays
                );
        return (expected, test.FutureSpend.Sum());
    }

    static double NanosecondsPerRow(ChurnModel model, Snapshots test)
    {
        // Of a few rows so many passes that the clock notices.
        int passes = 1 + 20_000 / test.Count;
        var best = TimeSpan.MaxValue;
        long first = Stopwatch.GetTimestamp();
        // Long enough for the compiler to have done its best.
        while (Stopwatch.GetElapsedTime(first) < TimeSpan.FromSeconds(0.5))
        {
            var started = Environment.CpuUsage.TotalTime;
            for (int pass = 0; pass < passes; pass++)
                Predict(model, test);
            var taken = Environment.CpuUsage.TotalTime - started;
            best = taken < best ? taken : best;
        }
        return best.TotalNanoseconds / passes / test.Count;
    }
}

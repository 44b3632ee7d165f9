using System.Diagnostics;
using Personalization.Churn;

namespace Personalization.Models;

/// <summary>How one method did on later data.</summary>
/// <param name="Method">Its name.</param>
/// <param name="All">Every customer who had bought by the test cutoff.</param>
/// <param name="Active">Those of them who had bought within the last 180 days; null when there are none of either kind.</param>
/// <param name="FitSeconds">Processor time of all threads, so that a busy machine does not change it.</param>
/// <param name="NanosecondsPerRow">Processor time of scoring a row that is already computed.</param>
public sealed record MethodResult(
    string Method, ClassificationMetrics All, ClassificationMetrics? Active, double FitSeconds, double NanosecondsPerRow);

/// <summary>Methods side by side, trained on the same snapshots and judged on the same later ones.</summary>
/// <param name="TrainRows">Snapshots learned from.</param>
/// <param name="Methods">Simplest first.</param>
/// <param name="Trained">The built-in trees.</param>
/// <param name="ExpectedValue">Sum of the expected values of all customers of the test, units of currency.</param>
/// <param name="ActualValue">What they did spend, net.</param>
public sealed record ChurnComparison(
    int TrainRows, IReadOnlyList<MethodResult> Methods, TrainedChurn Trained, double ExpectedValue, double ActualValue)
{
    private const int ActiveDays = 180;

    public static ChurnComparison Run(
        Snapshots train, Snapshots test, int horizonDays, string version, BoostingSettings settings,
        Action<double>? progress = null)
    {
        var methods = new List<MethodResult>();
        Compare("recency", () => Baseline.Recency(train), baseline => baseline.Predict(test));
        Compare("RFM logistic", () => Baseline.Rfm(train), baseline => baseline.Predict(test));
        var trained = Compare("built-in trees",
            () => ChurnTraining.Fit(train, horizonDays, version, settings, progress), fit => Predict(fit.Model, test));
        var (expected, actual) = Value(trained.Model, test);
        return new(train.Count, methods, trained, expected, actual);

        T Compare<T>(string method, Func<T> fit, Func<T, double[]> predict)
        {
            var started = Environment.CpuUsage.TotalTime;
            var model = fit();
            double seconds = (Environment.CpuUsage.TotalTime - started).TotalSeconds;
            double[] risks = predict(model);
            methods.Add(Judge(method, test, risks, seconds, Fastest(() => predict(model)) / test.Count));
            return model;
        }
    }

    /// <summary>What a model says of each snapshot.</summary>
    public static double[] Predict(ChurnModel model, Snapshots snapshots)
    {
        var risks = new double[snapshots.Count];
        for (int i = 0; i < risks.Length; i++)
            risks[i] = model.Risk(snapshots.Row(i));
        return risks;
    }

    /// <summary>Metrics of risks on snapshots.</summary>
    public static MethodResult Judge(
        string method, Snapshots test, double[] risks, double fitSeconds = 0, double nanosecondsPerRow = 0)
    {
        int[] active = [.. Enumerable.Range(0, test.Count)
            .Where(i => test.Value(i, ChurnFeature.Recency) <= ActiveDays)];
        bool[] labels = [.. active.Select(i => test.Labels[i])];
        bool both = labels.Contains(true) && labels.Contains(false);
        return new(method, ClassificationMetrics.Of(risks, test.Labels),
            both ? ClassificationMetrics.Of([.. active.Select(i => risks[i])], labels) : null, fitSeconds, nanosecondsPerRow);
    }

    private static (double Expected, double Actual) Value(ChurnModel model, Snapshots test)
    {
        double expected = 0;
        for (int i = 0; i < test.Count; i++)
            expected += (1 - model.Risk(test.Row(i))) * ExpectedSpend.IfStaying(
                (int)test.Value(i, ChurnFeature.PurchaseDays), (int)test.Value(i, ChurnFeature.RepeatSpan),
                test.Value(i, ChurnFeature.NetSpend), model.Population, model.HorizonDays);
        return (expected, test.FutureSpend.Sum());
    }

    private static double Fastest(Action predict)
    {
        var best = TimeSpan.MaxValue;
        long first = Stopwatch.GetTimestamp();
        // Long enough for the compiler to have done its best.
        while (Stopwatch.GetElapsedTime(first) < TimeSpan.FromSeconds(0.5))
        {
            var started = Environment.CpuUsage.TotalTime;
            predict();
            var taken = Environment.CpuUsage.TotalTime - started;
            best = taken < best ? taken : best;
        }
        return best.TotalNanoseconds;
    }
}

using System.Diagnostics;
using System.Text.Json.Serialization;
using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>What one stage of the recommender achieves on test prefixes.</summary>
/// <param name="Name">Of the stage.</param>
/// <param name="Hr20">Share of prefixes whose next item is among the first 20.</param>
/// <param name="Mrr20">Mean of 1/rank, 0 beyond 20.</param>
/// <param name="Ndcg20">Mean of 1/log2(1 + rank), 0 beyond 20.</param>
/// <param name="Coverage">Share of the training file's items that were recommended at least once.</param>
/// <param name="P50Us">Median of a prediction's time on one core, microseconds.</param>
/// <param name="P90Us">Nine in ten are faster.</param>
/// <param name="P99Us">Ninety-nine in a hundred are faster.</param>
/// <param name="BuildSeconds">Time to build the index, and to train what the stage needs.</param>
/// <param name="MemoryMb">Managed memory of the index and the model.</param>
/// <param name="BytesPerPrediction">Allocated per prediction once its scratch memory has grown.</param>
public sealed record StageFigures(
    string Name,
    double Hr20,
    double Mrr20,
    double Ndcg20,
    double Coverage,
    [property: JsonPropertyName("p50us")] double P50Us,
    [property: JsonPropertyName("p90us")] double P90Us,
    [property: JsonPropertyName("p99us")] double P99Us,
    double BuildSeconds,
    double MemoryMb,
    double BytesPerPrediction
)
{
    /// <summary>One line for people.</summary>
    public string ToLine() =>
        FormattableString.Invariant(
            $"{Name, -16} HR@20 {Hr20:0.0000}  MRR@20 {Mrr20:0.0000}  NDCG@20 {Ndcg20:0.0000}  coverage {Coverage:0.000}  "
        )
        + FormattableString.Invariant($"p50 {P50Us:0} us  p90 {P90Us:0} us  p99 {P99Us:0} us  ")
        + FormattableString.Invariant($"build {BuildSeconds:0.0} s  memory {MemoryMb:0} MB  {BytesPerPrediction:0} B");
}

/// <summary>Asks for the next item of every prefix and looks at what comes.</summary>
public static class RankingFigures
{
    const int Cut = 20;

    /// <summary>What the stage makes of the prefixes.</summary>
    /// <param name="name">Of the stage.</param>
    /// <param name="prefixes">Questions with their answers.</param>
    /// <param name="now">Time of asking: that of the last click the index holds.</param>
    /// <param name="index">Built from the training file, not changed meanwhile.</param>
    /// <param name="catalogue">Its products.</param>
    /// <param name="blend">How candidates are found; null for the defaults.</param>
    /// <param name="model">The learned ranking; null for none.</param>
    /// <param name="ranks">Takes 1/rank of each prefix, 0 beyond 20.</param>
    public static StageFigures Measure(
        string name,
        IReadOnlyList<Prefix> prefixes,
        int now,
        ItemIndex index,
        ProductCatalogue catalogue,
        BlendWeights? blend,
        RankingModel? model,
        out double[] ranks
    )
    {
        var into = new Recommendation[Cut];
        ranks = new double[prefixes.Count];
        var shown = new HashSet<int>();
        double hits = 0,
            gain = 0;
        for (int i = 0; i < prefixes.Count; i++)
        {
            int count = Ask(prefixes[i], now, index, catalogue, blend, model, into);
            for (int rank = 1; rank <= count; rank++)
            {
                shown.Add(into[rank - 1].Product);
                if (into[rank - 1].Product != prefixes[i].Next)
                    continue;
                hits++;
                ranks[i] = 1.0 / rank;
                gain += 1 / Math.Log2(1 + rank);
            }
        }
        var times = new double[prefixes.Count];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < prefixes.Count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Ask(prefixes[i], now, index, catalogue, blend, model, into);
            times[i] = (Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency;
        }
        double bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Math.Max(1, prefixes.Count);
        Array.Sort(times);
        double Quantile(double share) => times.Length == 0 ? 0 : times[(int)(share * (times.Length - 1))];
        int asked = Math.Max(1, prefixes.Count);
        return new(
            name,
            hits / asked,
            ranks.Sum() / asked,
            gain / asked,
            (double)shown.Count / Math.Max(1, catalogue.Count),
            Quantile(0.5),
            Quantile(0.9),
            Quantile(0.99),
            0,
            0,
            bytes
        );
    }

    /// <summary>Mean difference of paired figures and half the width of its 95 % interval.</summary>
    public static (double Mean, double Half) Compare(double[] figures, double[] others)
    {
        var differences = figures.Zip(others, (a, b) => a - b).ToArray();
        double mean = differences.Average();
        double variance = differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, differences.Length - 1);
        return (mean, 1.96 * Math.Sqrt(variance / differences.Length));
    }

    static int Ask(
        Prefix prefix,
        int now,
        ItemIndex index,
        ProductCatalogue catalogue,
        BlendWeights? blend,
        RankingModel? model,
        Recommendation[] into
    ) => Recommender.Recommend(prefix.ToRequest(now, Cut), prefix.ToShopper(), index, catalogue, into, blend, model).Count;
}

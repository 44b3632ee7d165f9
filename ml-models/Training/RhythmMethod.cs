using Personalization.Churn;
using Personalization.Models.Population;

namespace Personalization.Models.Training;

/// <summary>
/// Churn by BG/NBD: the probability of no purchase within the horizon, from records up to the cutoff alone. No label is looked
/// at, so its prediction for rows it was fitted to is no hindsight.
/// </summary>
public static class RhythmMethod
{
    public static TrainedChurn Fit(string method, ChurnTask task)
    {
        var started = Environment.CpuUsage.TotalTime;
        var heldOut = new double[task.Train.Count];
        foreach (var cutoff in Enumerable.Range(0, task.Train.Count).GroupBy(row => task.Train.Cutoffs[row]))
        {
            var silence = Term([.. cutoff.Select(row => BuyingRecord.Of(task.Train.Row(row)))]);
            foreach (int row in cutoff)
                heldOut[row] = silence.LogOdds(BuyingRecord.Of(task.Train.Row(row)), task.HorizonDays);
        }
        int latest = task.Present.Cutoffs.Max();
        BuyingRecord[] present =
        [
            .. Enumerable
                .Range(0, task.Present.Count)
                .Where(row => task.Present.Cutoffs[row] == latest)
                .Select(row => BuyingRecord.Of(task.Present.Row(row))),
        ];
        var now = Term(present);
        double center = present.Average(record => now.LogOdds(record, task.HorizonDays));
        return TrainedChurn.Of(
            method,
            task,
            Forest.Constant(center, ChurnFeatures.Count),
            new([], now with { Center = center }, task.HorizonDays),
            heldOut,
            [.. heldOut.Select(Calibration.None.Probability)],
            Calibration.None,
            started
        );
    }

    // Four numbers are known well enough from these; more cost minutes and move none of them.
    const int MaxRecords = 20_000;

    static SilenceTerm Term(BuyingRecord[] records)
    {
        int step = records.Length <= 2 * MaxRecords ? 1 : records.Length / MaxRecords;
        BuyingRecord[] some = step == 1 ? records : [.. records.Where((_, i) => i % step == 0)];
        // Too few to tell by themselves are drawn towards what shops look like.
        var priors = BuyingFit.Obstacle(some) is null ? null : BuyingFit.Pooled;
        return new(BuyingFit.Model(BuyingFit.Fit(some, priors: priors).Parameters), 0, 1);
    }
}

using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// Churn by BG/NBD: the probability of no purchase within the horizon, from records up to the cutoff alone. No label is looked
/// at, so what it says of rows it was fitted to is no hindsight.
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
        BuyingRecord[] present = [.. Enumerable.Range(0, task.Present.Count).Where(row => task.Present.Cutoffs[row] == latest)
            .Select(row => BuyingRecord.Of(task.Present.Row(row)))];
        var now = Term(present);
        double center = present.Average(record => now.LogOdds(record, task.HorizonDays));
        return TrainedChurn.Of(method, task, Forest.Constant(center, ChurnFeatures.Count),
            new([], now with { Center = center }, task.HorizonDays), heldOut,
            [.. heldOut.Select(Calibration.None.Probability)], Calibration.None, started);
    }

    // Too few to tell by themselves are drawn towards what shops look like.
    private static SilenceTerm Term(BuyingRecord[] records) => new(
        BuyingFit.Model(BuyingFit.Fit(records, priors: BuyingFit.Obstacle(records) is null ? null : BuyingFit.Pooled).Parameters), 0, 1);
}

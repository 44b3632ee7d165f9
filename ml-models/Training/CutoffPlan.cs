using Personalization.Churn;

namespace Personalization.Models.Training;

/// <summary>At which days customers are looked at for training, and at which later day the result is judged.</summary>
/// <param name="Train">Oldest first.</param>
/// <param name="Test">Null when the data do not reach far enough to keep a later window apart.</param>
public sealed record CutoffPlan(IReadOnlyList<int> Train, int? Test)
{
    /// <summary>Days between training cutoffs.</summary>
    const int Step = 30;

    /// <summary>More cutoffs than this repeat the same customers more than they teach.</summary>
    const int MaxCutoffs = 6;

    /// <summary>
    /// Days of history without which nothing can be learned: a window, and before it time enough for one customer's silence
    /// to differ from another's. To judge the model as well takes another horizon.
    /// </summary>
    public static int MinDays(int horizonDays) => horizonDays + Math.Min(horizonDays / 2, 60);

    /// <summary>
    /// The newest cutoff whose window has ended by <paramref name="now"/> is for judging; training takes those whose windows
    /// end by that cutoff, a month apart. No label window of training reaches the test cutoff, none reaches past now.
    /// </summary>
    /// <param name="first">The first recorded purchase, unix seconds.</param>
    /// <param name="now">Unix seconds; what comes later is not looked at.</param>
    /// <param name="horizonDays">Length of a label window.</param>
    /// <returns>Null when not even one window fits.</returns>
    public static CutoffPlan? Choose(int first, int now, int horizonDays)
    {
        int horizon = horizonDays * ChurnHistory.Day;
        int latest = now / ChurnHistory.Day * ChurnHistory.Day - horizon;
        int earliest = first + (MinDays(horizonDays) - horizonDays) * ChurnHistory.Day;
        if (latest < earliest)
            return null;
        return latest - horizon >= earliest ? new(Back(latest - horizon, earliest), latest) : new(Back(latest, earliest), null);
    }

    static int[] Back(int latest, int earliest)
    {
        var cutoffs = new List<int>();
        for (int cutoff = latest; cutoff >= earliest && cutoffs.Count < MaxCutoffs; cutoff -= Step * ChurnHistory.Day)
            cutoffs.Add(cutoff);
        cutoffs.Reverse();
        return [.. cutoffs];
    }
}

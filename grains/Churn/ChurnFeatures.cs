using static Personalization.Churn.ChurnFeature;
using static Personalization.Churn.ChurnTopic;

namespace Personalization.Churn;

/// <summary>
/// The row of numbers a model sees of a customer at a time. One definition serves and trains. Days are UTC dates, ages count
/// whole days from an event's day to the day of "now"; a value that cannot be known is NaN.
/// </summary>
public static class ChurnFeatures
{
    /// <summary>Columns of a row.</summary>
    public static int Count => Definitions.Length;

    /// <summary>In the order of the columns.</summary>
    public static IReadOnlyList<ChurnFeatureDefinition> All => Definitions;

    static readonly int[] WindowDays = [7, 14, 30, 60, 90, 180];

    static readonly int[] HalfLives = [7, 30, 90];

    static readonly ChurnFeatureDefinition[] Definitions =
    [
        new(Recency, "recency", "days", "since the last purchase", Silence),
        new(SilenceToMeanGap, "silence_to_mean_gap", "ratio", "recency to the mean gap between purchase days", Silence),
        new(SilenceToMaxGap, "silence_to_max_gap", "ratio", "recency to the longest gap so far", Silence),
        new(SilenceToLastGap, "silence_to_last_gap", "ratio", "recency to the last gap", Silence),
        new(SilenceDeviation, "silence_deviation", "ratio", "recency less the mean gap, in standard deviations", Silence),
        new(SilenceDecay, "silence_decay", "0..1", "exp(-recency / (mean gap + 1))", Silence),
        new(GapExceed, "gap_exceed", "share", "own gaps longer than the present silence", Silence),
        new(RecencyToTenure, "recency_to_tenure", "share", "of the time as a buyer spent in the present silence", Silence),
        new(GapMean, "gap_mean", "days", "mean gap between purchase days", Rhythm),
        new(GapMax, "gap_max", "days", "longest gap", Rhythm),
        new(GapMin, "gap_min", "days", "shortest gap", Rhythm),
        new(GapLast, "gap_last", "days", "last gap", Rhythm),
        new(GapMedian, "gap_median", "days", "median gap", Rhythm),
        new(GapStd, "gap_std", "days", "standard deviation of the gaps", Rhythm),
        new(GapVariation, "gap_variation", "ratio", "standard deviation of the gaps to their mean", Rhythm),
        new(GapTrend, "gap_trend", "ratio", "last gap to the mean gap", Rhythm),
        new(ChurnFeature.PurchaseDays, "purchase_days", "days", "with a purchase", Frequency),
        new(RepeatSpan, "repeat_span", "days", "from the first purchase to the last", Frequency),
        new(Transactions, "transactions", "orders", "in all", Frequency),
        new(TransactionsPerDay, "transactions_per_day", "orders", "per purchase day", Frequency),
        new(PurchaseRate, "purchase_rate", "per day", "purchase days per day of tenure", Frequency),
        new(RepeatRate, "repeat_rate", "per day", "repeat purchase days per day of tenure", Frequency),
        new(ChurnFeature.Spend, "spend", "currency", "in all", ChurnTopic.Spend),
        new(SpendMean, "spend_mean", "currency", "per purchase day", ChurnTopic.Spend),
        new(SpendLast, "spend_last", "currency", "on the last purchase day", ChurnTopic.Spend),
        new(SpendFirst, "spend_first", "currency", "on the first purchase day", ChurnTopic.Spend),
        new(SpendMax, "spend_max", "currency", "on the best purchase day", ChurnTopic.Spend),
        new(SpendStd, "spend_std", "currency", "standard deviation over purchase days", ChurnTopic.Spend),
        new(SpendTrend, "spend_trend", "ratio", "last spend to the mean", ChurnTopic.Spend),
        new(SpendRate, "spend_rate", "currency per day", "spend per day of tenure", ChurnTopic.Spend),
        new(Units, "units", "pieces", "in all", ChurnTopic.Spend),
        new(UnitsMean, "units_mean", "pieces", "per purchase day", ChurnTopic.Spend),
        new(UnitsLast, "units_last", "pieces", "on the last purchase day", ChurnTopic.Spend),
        new(UnitPrice, "unit_price", "currency", "spend per piece", ChurnTopic.Spend),
        new(Lines, "lines", "order lines", "in all", ChurnTopic.Spend),
        new(LinesMean, "lines_mean", "order lines", "per purchase day", ChurnTopic.Spend),
        new(LinesLast, "lines_last", "order lines", "on the last purchase day", ChurnTopic.Spend),
        new(ChurnFeature.Tenure, "tenure", "days", "since the first purchase", ChurnTopic.Tenure),
        new(RecentHalf, "recent_half", "share", "of purchase days in the later half of the tenure", Recent),
        new(FirstMonth, "first_month", "days", "with a purchase in the first 30 days", ChurnTopic.Tenure),
        new(ActiveMonths, "active_months", "months", "different 30-day spans back from now with a purchase", Recent),
        .. Windows("days_{0}", [Days7, Days14, Days30, Days60, Days90, Days180], "days", "with a purchase in the last {0} days"),
        .. Windows("spend_{0}", [Spend7, Spend14, Spend30, Spend60, Spend90, Spend180], "currency", "in the last {0} days"),
        new(DecayDays7, "decay_days_7", "days", "purchase days, each halved every 7 days", Recent),
        new(DecayDays30, "decay_days_30", "days", "purchase days, each halved every 30 days", Recent),
        new(DecayDays90, "decay_days_90", "days", "purchase days, each halved every 90 days", Recent),
        new(DecaySpend7, "decay_spend_7", "currency", "spend, halved every 7 days", Recent),
        new(DecaySpend30, "decay_spend_30", "currency", "spend, halved every 30 days", Recent),
        new(DecaySpend90, "decay_spend_90", "currency", "spend, halved every 90 days", Recent),
        new(WeekdayLast, "weekday_last", "0..6", "weekday of the last purchase, Monday 0", Calendar),
        new(WeekendShare, "weekend_share", "share", "of purchase days on Saturday or Sunday", Calendar),
        new(ChurnFeature.Returns, "returns", "returns", "in all", ChurnTopic.Returns),
        new(ReturnAmount, "return_amount", "currency", "sent back in all", ChurnTopic.Returns),
        new(ReturnShare, "return_share", "share", "of spend sent back", ChurnTopic.Returns),
        new(ReturnRecency, "return_recency", "days", "since the last return", ChurnTopic.Returns),
        new(NetSpend, "net_spend", "currency", "spend less returns", ChurnTopic.Spend),
        new(VisitRecency, "visit_recency", "days", "since the last visit", Visits),
        new(Visits7, "visits_7", "days", "with a visit in the last 7 days", Visits),
        new(Visits30, "visits_30", "days", "with a visit in the last 30 days", Visits),
        new(Visits90, "visits_90", "days", "with a visit in the last 90 days, the last 64 at most", Visits),
        new(VisitGap, "visit_gap", "days", "mean gap between the last 64 visit days", Visits),
        new(VisitSilence, "visit_silence", "ratio", "days since the last visit to the mean gap between visits", Visits),
        new(VisitTrend, "visit_trend", "share", "of the visits of 90 days that fell into the last 30", Visits),
        new(Complaints90, "complaints_90", "complaints", "reviews of one or two stars in 90 days", Complaints),
        new(ComplaintRecency, "complaint_recency", "days", "since the last complaint", Complaints),
    ];

    /// <summary>
    /// Fills <paramref name="row"/> (<see cref="Count"/> values) with the history as it stood at <paramref name="now"/>;
    /// events at that second or later are not seen. Allocates nothing.
    /// </summary>
    /// <returns>False where nothing had been bought: there is no churn without a purchase.</returns>
    public static bool Compute(in ChurnHistory history, int now, Span<float> row)
    {
        var known = history.Before(now);
        if (known.Purchases.IsEmpty)
            return false;
        using var days = new PurchaseDays(known.Purchases);
        Compute(known, days, now, row);
        return true;
    }

    /// <summary>The same for a history that is already cut and counted: only "now" moves on.</summary>
    internal static void Compute(in ChurnHistory known, in PurchaseDays days, int now, Span<float> row)
    {
        row = row[..Count];
        row.Fill(float.NaN);
        int today = now / ChurnHistory.Day;
        Gaps(days, today, row);
        Totals(known, days, today, row);
        Windows(days, today, row);
        AfterSales(known, today, row);
        Visiting(known.VisitDays, today, row);
    }

    static void Gaps(in PurchaseDays days, int today, Span<float> row)
    {
        int recency = today - days.Last,
            tenure = today - days.First;
        row[(int)Recency] = recency;
        row[(int)RecencyToTenure] = Ratio(recency, tenure);
        row[(int)RepeatSpan] = days.Last - days.First;
        var gaps = days.SortedGaps;
        int longer = 0;
        for (int i = gaps.Length - 1; i >= 0 && gaps[i] > recency; i--)
            longer++;
        row[(int)GapExceed] = (float)longer / (gaps.Length + 1);
        if (gaps.IsEmpty)
            return;
        double mean = days.MeanGap,
            squares = 0;
        foreach (int gap in gaps)
            squares += (gap - mean) * (gap - mean);
        double std = Math.Sqrt(squares / gaps.Length);
        row[(int)GapMean] = (float)mean;
        row[(int)GapMax] = gaps[^1];
        row[(int)GapMin] = gaps[0];
        row[(int)GapLast] = days.LastGap;
        row[(int)GapMedian] = (gaps[(gaps.Length - 1) / 2] + gaps[gaps.Length / 2]) / 2f;
        row[(int)GapStd] = (float)std;
        row[(int)GapVariation] = (float)(std / mean);
        row[(int)GapTrend] = (float)(days.LastGap / mean);
        row[(int)SilenceToMeanGap] = (float)(recency / mean);
        row[(int)SilenceToMaxGap] = (float)recency / gaps[^1];
        row[(int)SilenceToLastGap] = (float)recency / days.LastGap;
        row[(int)SilenceDeviation] = (float)((recency - mean) / (std + 1));
        row[(int)SilenceDecay] = (float)Math.Exp(-recency / (mean + 1));
    }

    static void Totals(in ChurnHistory known, in PurchaseDays days, int today, Span<float> row)
    {
        double spend = 0,
            squares = 0,
            max = double.MinValue;
        int units = 0,
            lines = 0,
            n = days.Days.Length,
            tenure = today - days.First;
        foreach (ref readonly var day in days.Days)
        {
            spend += day.Spend;
            squares += day.Spend * day.Spend;
            max = Math.Max(max, day.Spend);
            units += day.Units;
            lines += day.Lines;
        }
        double mean = spend / n;
        row[(int)ChurnFeature.Tenure] = tenure;
        row[(int)ChurnFeature.PurchaseDays] = n;
        row[(int)Transactions] = known.Purchases.Length;
        row[(int)TransactionsPerDay] = (float)known.Purchases.Length / n;
        row[(int)PurchaseRate] = Ratio(n, tenure);
        row[(int)RepeatRate] = Ratio(n - 1, tenure);
        row[(int)ChurnFeature.Spend] = (float)spend;
        row[(int)SpendMean] = (float)mean;
        row[(int)SpendLast] = (float)days.Days[^1].Spend;
        row[(int)SpendFirst] = (float)days.Days[0].Spend;
        row[(int)SpendMax] = (float)max;
        row[(int)SpendStd] = (float)Math.Sqrt(Math.Max(0, squares / n - mean * mean));
        row[(int)SpendTrend] = Ratio(days.Days[^1].Spend, mean);
        row[(int)SpendRate] = Ratio(spend, tenure);
        row[(int)Units] = units;
        row[(int)UnitsMean] = (float)units / n;
        row[(int)UnitsLast] = days.Days[^1].Units;
        row[(int)UnitPrice] = Ratio(spend, units);
        row[(int)Lines] = lines;
        row[(int)LinesMean] = (float)lines / n;
        row[(int)LinesLast] = days.Days[^1].Lines;
        double returned = 0;
        foreach (ref readonly var item in known.Returns)
            returned += item.Amount / PurchaseDays.E4;
        row[(int)ChurnFeature.Returns] = known.Returns.Length;
        row[(int)ReturnAmount] = (float)returned;
        row[(int)ReturnShare] = Ratio(returned, spend);
        row[(int)NetSpend] = (float)(spend - returned);
    }

    static void Windows(in PurchaseDays days, int today, Span<float> row)
    {
        int n = days.Days.Length,
            tenure = today - days.First,
            late = 0,
            early = 0,
            months = 0,
            month = -1,
            weekend = 0;
        Span<int> counts = stackalloc int[6];
        Span<double> spends = stackalloc double[6];
        Span<double> decays = stackalloc double[6];
        counts.Clear();
        spends.Clear();
        decays.Clear();
        foreach (ref readonly var day in days.Days)
        {
            int age = today - day.Number;
            for (int w = WindowDays.Length - 1; w >= 0 && age <= WindowDays[w]; w--)
            {
                counts[w]++;
                spends[w] += day.Spend;
            }
            for (int h = 0; h < HalfLives.Length; h++)
            {
                // Below a millionth of a purchase nothing changes any more.
                double weight = age > 20 * HalfLives[h] ? 0 : double.Exp2(-(double)age / HalfLives[h]);
                decays[h] += weight;
                decays[3 + h] += weight * day.Spend;
            }
            if (2 * age < tenure)
                late++;
            if (day.Number - days.First < 30)
                early++;
            if (age / 30 != month)
                (month, months) = (age / 30, months + 1);
            if (Weekday(day.Number) >= 5)
                weekend++;
        }
        for (int w = 0; w < 6; w++)
        {
            row[(int)Days7 + w] = counts[w];
            row[(int)Spend7 + w] = (float)spends[w];
            row[(int)DecayDays7 + w] = (float)decays[w];
        }
        row[(int)RecentHalf] = (float)late / n;
        row[(int)FirstMonth] = early;
        row[(int)ActiveMonths] = months;
        row[(int)WeekdayLast] = Weekday(days.Last);
        row[(int)WeekendShare] = (float)weekend / n;
    }

    static void AfterSales(in ChurnHistory known, int today, Span<float> row)
    {
        if (!known.Returns.IsEmpty)
            row[(int)ReturnRecency] = today - known.Returns[^1].Time / ChurnHistory.Day;
        row[(int)Complaints90] = ComplaintsWithin(known.Complaints, today, 90);
        if (!known.Complaints.IsEmpty)
            row[(int)ComplaintRecency] = today - known.Complaints[^1] / ChurnHistory.Day;
    }

    static int ComplaintsWithin(ReadOnlySpan<int> complaints, int today, int window)
    {
        int count = 0;
        while (count < complaints.Length && today - complaints[^(count + 1)] / ChurnHistory.Day <= window)
            count++;
        return count;
    }

    static void Visiting(ReadOnlySpan<int> visits, int today, Span<float> row)
    {
        if (visits.IsEmpty)
            return;
        int silence = today - visits[^1],
            week = 0,
            month = 0,
            quarter = 0;
        for (int i = visits.Length - 1; i >= 0 && today - visits[i] <= 90; i--)
        {
            quarter++;
            month += today - visits[i] <= 30 ? 1 : 0;
            week += today - visits[i] <= 7 ? 1 : 0;
        }
        row[(int)VisitRecency] = silence;
        row[(int)Visits7] = week;
        row[(int)Visits30] = month;
        row[(int)Visits90] = quarter;
        row[(int)VisitTrend] = Ratio(month, quarter);
        if (visits.Length < 2)
            return;
        double gap = (double)(visits[^1] - visits[0]) / (visits.Length - 1);
        row[(int)VisitGap] = (float)gap;
        row[(int)VisitSilence] = (float)(silence / gap);
    }

    // 1970-01-01 was a Thursday.
    static int Weekday(int day) => (day + 3) % 7;

    static float Ratio(double part, double whole) => whole > 0 ? (float)(part / whole) : float.NaN;

    static IEnumerable<ChurnFeatureDefinition> Windows(string name, ChurnFeature[] features, string unit, string meaning) =>
        features.Select(
            (feature, i) =>
                new ChurnFeatureDefinition(
                    feature,
                    string.Format(name, WindowDays[i]),
                    unit,
                    string.Format(meaning, WindowDays[i]),
                    Recent
                )
        );
}

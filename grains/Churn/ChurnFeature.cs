namespace Personalization.Churn;

/// <summary>What a feature speaks of; reasons in words are given per topic.</summary>
public enum ChurnTopic { Silence, Rhythm, Frequency, Spend, Tenure, Recent, Calendar, Returns, Visits, Complaints }

/// <summary>The columns of a row, in order. A model's file names them, so inserting one breaks no stored model.</summary>
public enum ChurnFeature
{
    Recency, SilenceToMeanGap, SilenceToMaxGap, SilenceToLastGap, SilenceDeviation, SilenceDecay, GapExceed, RecencyToTenure,
    GapMean, GapMax, GapMin, GapLast, GapMedian, GapStd, GapVariation, GapTrend,
    PurchaseDays, RepeatSpan, Transactions, TransactionsPerDay, PurchaseRate, RepeatRate,
    Spend, SpendMean, SpendLast, SpendFirst, SpendMax, SpendStd, SpendTrend, SpendRate,
    Units, UnitsMean, UnitsLast, UnitPrice, Lines, LinesMean, LinesLast,
    Tenure, RecentHalf, FirstMonth, ActiveMonths,
    Days7, Days14, Days30, Days60, Days90, Days180,
    Spend7, Spend14, Spend30, Spend60, Spend90, Spend180,
    DecayDays7, DecayDays30, DecayDays90, DecaySpend7, DecaySpend30, DecaySpend90,
    WeekdayLast, WeekendShare,
    Returns, ReturnAmount, ReturnShare, ReturnRecency, NetSpend,
    VisitRecency, Visits7, Visits30, Visits90, VisitGap, VisitSilence, VisitTrend,
    Complaints90, ComplaintRecency,
}

/// <summary>A feature's name in model files and reports, its unit and its meaning.</summary>
public sealed record ChurnFeatureDefinition(ChurnFeature Feature, string Name, string Unit, string Meaning, ChurnTopic Topic);

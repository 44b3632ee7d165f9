using static Personalization.Churn.ChurnFeature;

namespace Personalization.Churn;

/// <summary>A model's contributions as sentences a marketer understands, one per topic.</summary>
static class ChurnReasons
{
    static readonly int Topics = Enum.GetValues<ChurnTopic>().Length;

    public static string[] Of(ChurnModel model, in ChurnHistory known, int now, int most)
    {
        if (known.Purchases.IsEmpty)
            return [];
        using var days = new PurchaseDays(known.Purchases);
        var row = new float[ChurnFeatures.Count];
        ChurnFeatures.Compute(known, days, now, row);
        var weights = new double[Topics];
        if (model.Forest is not null)
            Weigh(model, row, weights);
        else
            WeighRule(row, weights);
        var sentences = new List<string>(most);
        while (sentences.Count < most)
        {
            int topic = Array.IndexOf(weights, weights.Max());
            if (weights[topic] <= 0)
                break;
            weights[topic] = 0;
            if (Sentence((ChurnTopic)topic, row) is { } sentence && !sentences.Contains(sentence))
                sentences.Add(sentence);
        }
        return [.. sentences];
    }

    static void Weigh(ChurnModel model, float[] row, double[] weights)
    {
        var contributions = new double[row.Length];
        model.Explain(row, contributions);
        foreach (var feature in ChurnFeatures.All)
            weights[(int)feature.Topic] += contributions[(int)feature.Feature];
    }

    // The rule knows three things; their order is that of what can be acted upon.
    static void WeighRule(float[] row, double[] weights)
    {
        weights[(int)ChurnTopic.Complaints] = row[(int)Complaints90];
        weights[(int)ChurnTopic.Returns] = row[(int)ReturnRecency] < row[(int)Recency] ? 0.5 : 0;
        weights[(int)ChurnTopic.Silence] = row[(int)Recency] > 0 ? 0.75 : 0;
        weights[(int)ChurnTopic.Frequency] = row[(int)ChurnFeature.PurchaseDays] == 1 ? 0.25 : 0;
    }

    /// <summary>Null where the facts do not bear the sentence.</summary>
    static string? Sentence(ChurnTopic topic, float[] row)
    {
        int recency = (int)row[(int)Recency],
            bought = (int)row[(int)ChurnFeature.PurchaseDays];
        switch (topic)
        {
            case ChurnTopic.Silence when recency > 0:
            // Empty windows are the same silence; the sentence is said once.
            case ChurnTopic.Recent when row[(int)Days90] == 0:
                string silence = $"no purchase for {Days(Recency)}";
                return bought > 1 ? $"{silence}; usually every {Math.Max(1, row[(int)GapMean]):0}" : silence;
            case ChurnTopic.Rhythm when bought > 2 && row[(int)GapTrend] > 1.2f:
                return $"the pauses grow: last {Days(GapLast)}, usually {row[(int)GapMean]:0}";
            case ChurnTopic.Rhythm when bought > 2 && row[(int)GapVariation] > 1:
                return $"buys irregularly: pauses of {row[(int)GapMin]:0} to {Days(GapMax)}";
            case ChurnTopic.Rhythm or ChurnTopic.Frequency when bought == 1:
                return row[(int)Transactions] == 1 ? "has bought only once" : "has bought on one day only";
            case ChurnTopic.Frequency:
                return $"has bought on only {Days(ChurnFeature.PurchaseDays)} in {Days(Tenure)}";
            case ChurnTopic.Spend when bought > 1 && row[(int)SpendTrend] < 0.8f:
                return $"spent {Words.Percent(1 - row[(int)SpendTrend])} less than usual the last time";
            // What one purchase was worth says nothing yet of what somebody spends.
            case ChurnTopic.Spend when bought > 1:
                return "spends less than customers who stay";
            case ChurnTopic.Tenure:
                return $"buyer for {Days(Tenure)}: a time when many leave";
            case ChurnTopic.Recent when bought > 2 && row[(int)RecentHalf] < 0.4f:
                return $"only {Words.Percent(row[(int)RecentHalf])} of the purchases fall into the later half of {Days(Tenure)}";
            case ChurnTopic.Returns when row[(int)ChurnFeature.Returns] > 0:
                return $"{Words.Count((int)row[(int)ChurnFeature.Returns], "return")}, the last {Days(ReturnRecency)} ago";
            case ChurnTopic.Visits when row[(int)VisitSilence] > 1:
                return $"no visit for {Days(VisitRecency)}; usually every {Math.Max(1, row[(int)VisitGap]):0}";
            case ChurnTopic.Visits when row[(int)VisitTrend] < 0.25f:
                return $"visits fell off: {row[(int)Visits30]:0} in 30 days, {row[(int)Visits90]:0} in 90";
            case ChurnTopic.Complaints when row[(int)Complaints90] > 0:
                string complaints = Words.Count((int)row[(int)Complaints90], "complaint");
                return $"{complaints} in 90 days, the last {Days(ComplaintRecency)} ago";
            default:
                return null;
        }

        string Days(ChurnFeature feature) => Words.Count((int)row[(int)feature], "day");
    }
}

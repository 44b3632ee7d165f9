using Personalization.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Churn;

public class ChurnScoringTests
{
    static readonly BgNbd Buying = new(0.24, 4.4, 0.8, 2.4);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Many_rows_are_scored_as_one_is_to_the_last_bit(int depth)
    {
        float[][] customers =
        [
            .. Enumerable.Range(0, 600).Select(seed => SampleHistory.Random(seed).Row(10_500 * ChurnHistory.Day)),
        ];
        var terms = new RiskTerms(
            [
                new(ChurnFeature.Recency, true, 3, 0.4),
                new(ChurnFeature.NetSpend, true, 5, -0.2),
                new(ChurnFeature.GapMax, false, 40, 0.01),
            ],
            new(Buying, 0.3, 0.5),
            90
        );
        foreach (var calibration in (Calibration[])[new(1.3, -0.1), new(1, 0, [-3, 0, 2], [0.1, 0.4, 0.8])])
        foreach (var beside in (RiskTerms?[])[null, terms])
        {
            var model = new ChurnModel(
                "v",
                90,
                0.5f,
                SampleForest.Random(depth, trees: 37, depth),
                calibration,
                new(60, 25, 2),
                beside
            );
            // Fewer than lanes, more than a block, and whatever is left over at the end.
            foreach (int count in (int[])[0, 1, 3, 31, 32, 33, 515, 600])
            {
                var risks = new double[count];
                model.Risk(customers[..count].SelectMany(row => row).ToArray(), risks);
                risks.ShouldBe(customers[..count].Select(row => (double)model.Risk(row)));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Silence_in_log_odds_is_the_probability_of_no_purchase(bool modified)
    {
        var term = new SilenceTerm(Buying with { Modified = modified }, 0, 1);
        foreach (int repeats in (int[])[0, 1, 2, 30, 900])
        foreach (double lastWeek in (double[])[0, 1, 20, 52])
        foreach (double since in (double[])[0, 0.5, 30, 500])
        {
            BuyingRecord record = new(repeats, lastWeek, lastWeek + since);
            double odds = term.LogOdds(record, 90),
                p = 1 / (1 + Math.Exp(-odds));
            p.ShouldBe(Math.Clamp(term.Buying.NoPurchase(record, 90 / 7.0), 1e-6, 1 - 1e-6), 1e-9);
        }
    }
}

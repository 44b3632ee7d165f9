using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Churn;

public class ChurnModelTests
{
    const int Day = ChurnHistory.Day;
    static readonly PopulationRates Population = new(60, 25, 2);

    static ChurnModel Model(int seed, float line = 0.5f) =>
        new("test", 90, line, SampleForest.Random(seed, trees: 20), new(1.3, -0.1), Population);

    [Fact]
    public void R31_the_next_crossing_is_the_first_midnight_at_which_the_customer_would_be_warned_of() =>
        Prop.ForAll<int, byte>(
                (seed, offset) =>
                {
                    var history = SampleHistory.Random(seed);
                    foreach (var model in (ChurnModel[])[ChurnModel.Untrained, Model(seed, 0.4f + offset / 1000f)])
                    {
                        int now = (10_300 + offset) * Day + 40_000;
                        // What comes after now does not count: nothing more happens.
                        history.Purchases.RemoveAll(p => p.Time >= now);
                        history.Returns.RemoveAll(r => r.Time >= now);
                        history.VisitDays.RemoveAll(d => d * Day >= now);
                        history.Complaints.RemoveAll(c => c >= now);
                        model.NextCrossing(history.Sorted(), now, 200).ShouldBe(ByBruteForce(model, history, now, 200));
                    }
                }
            )
            .QuickCheckThrowOnFailure();

    static int? ByBruteForce(ChurnModel model, SampleHistory history, int now, int days)
    {
        int[] times = [now, .. Enumerable.Range(now / Day + 1, days).Select(day => day * Day)];
        var sorted = history.Sorted();
        foreach (int time in times)
        {
            var assessment = model.Assess(sorted, time);
            if (assessment is null or { Lost: true })
                return null;
            if (assessment.Value.AtRisk)
                return time;
        }
        return null;
    }

    [Fact]
    public void R31_silence_alone_raises_the_warning_and_a_purchase_postpones_it()
    {
        var history = SampleHistory.BoughtOn(10_000, 10_021, 10_042, 10_063);
        int? warned = ChurnModel.Untrained.NextCrossing(history.Sorted(), 10_064 * Day);
        // The usual gap is (63 + 45) / 4 = 27 days, twice that is patience enough.
        warned.ShouldBe((10_063 + 54) * Day);

        history.Purchases.Add(new(10_084 * Day, 250_000, 2, 1));
        ChurnModel.Untrained.NextCrossing(history.Sorted(), 10_085 * Day)!.Value.ShouldBeGreaterThan(warned!.Value);
    }

    [Fact]
    public void R34_complaints_and_returns_bring_the_warning_forward()
    {
        var content = SampleHistory.BoughtOn(10_000, 10_030);
        var annoyed = SampleHistory.BoughtOn(10_000, 10_030);
        annoyed.Complaints.Add(10_031 * Day);
        annoyed.Returns.Add(new(10_032 * Day, 250_000));
        int now = 10_040 * Day;
        ChurnModel
            .Untrained.Assess(annoyed.Sorted(), now)!
            .Value.Risk.ShouldBeGreaterThan(ChurnModel.Untrained.Assess(content.Sorted(), now)!.Value.Risk);
        ChurnModel
            .Untrained.NextCrossing(annoyed.Sorted(), now)!
            .Value.ShouldBeLessThan(ChurnModel.Untrained.NextCrossing(content.Sorted(), now)!.Value);
        ChurnModel.Untrained.Reasons(annoyed.Sorted(), now)[0].ShouldBe("1 complaint in 90 days, the last 9 days ago");
    }

    [Fact]
    public void Who_has_bought_nothing_has_no_churn_risk()
    {
        var visitor = new SampleHistory { VisitDays = [10_000, 10_001] };
        ChurnModel.Untrained.Assess(visitor.Sorted(), 10_100 * Day).ShouldBeNull();
        ChurnModel.Untrained.NextCrossing(visitor.Sorted(), 10_100 * Day).ShouldBeNull();
        ChurnModel.Untrained.Reasons(visitor.Sorted(), 10_100 * Day).ShouldBeEmpty();
    }

    [Fact]
    public void R30_who_has_been_silent_beyond_all_hope_is_lost_and_no_longer_warned_of()
    {
        var history = SampleHistory.BoughtOn(10_000, 10_030);
        var last = ChurnModel.Untrained.Assess(history.Sorted(), (10_030 + 210) * Day)!.Value;
        var lost = ChurnModel.Untrained.Assess(history.Sorted(), (10_030 + 211) * Day)!.Value;
        (last.AtRisk, last.Lost).ShouldBe((true, false));
        (lost.AtRisk, lost.Lost).ShouldBe((false, true));
    }

    [Fact]
    public void R30_expected_value_and_money_at_risk_share_what_staying_would_bring()
    {
        var history = SampleHistory.BoughtOn(10_000, 10_030, 10_060);
        var model = Model(5);
        var assessment = model.Assess(history.Sorted(), 10_080 * Day)!.Value;
        // 3 purchase days in 60 days and the prior's 60: 2.25 expected in 90 days, given one 2.25 / (1 - exp(-2.25)).
        double staying = 25 * 2.25 / (1 - Math.Exp(-2.25)) * 10_000;
        ((double)(assessment.ExpectedValue + assessment.MoneyAtRisk)).ShouldBe(staying, 2);
        ((double)assessment.MoneyAtRisk).ShouldBe(assessment.Risk * staying, 2);
        assessment.NextPurchase.ShouldBe((10_060 + 40) * Day);
    }

    [Fact]
    public void R30_reasons_say_what_raises_the_risk_in_words()
    {
        var history = SampleHistory.BoughtOn(10_000, 10_021, 10_042);
        ChurnModel
            .Untrained.Reasons(history.Sorted(), (10_042 + 63) * Day)
            .ShouldBe(["no purchase for 63 days; usually every 21"]);
        ChurnModel
            .Untrained.Reasons(SampleHistory.BoughtOn(10_000).Sorted(), 10_100 * Day)
            .ShouldBe(["no purchase for 100 days", "has bought only once"]);
    }

    [Fact]
    public void R30_trees_give_reasons_only_for_what_raises_the_risk()
    {
        int recency = (int)ChurnFeature.Recency,
            spend = (int)ChurnFeature.Spend;
        // Silence beyond 30 days adds 1, spend above 10 takes 2 away.
        ForestNode[] nodes =
        [
            new(30, 1, 2, (short)recency, false),
            new(-1, 0, 0, -1, false),
            new(1, 0, 0, -1, false),
            new(10, 4, 5, (short)spend, false),
            new(2, 0, 0, -1, false),
            new(-2, 0, 0, -1, false),
        ];
        var forest = new Forest(nodes, [2, 1, 1, 2, 1, 1], [0, 3], 0, ChurnFeatures.Count);
        var model = new ChurnModel("two", 90, 0.5f, forest, Calibration.None, Population);
        model.Reasons(SampleHistory.BoughtOn(10_000).Sorted(), 10_050 * Day).ShouldBe(["no purchase for 50 days"]);
    }

    [Fact]
    public void A_saved_model_judges_as_before()
    {
        var model = Model(9, 0.61f);
        var loaded = Reload(Saved(model));
        (loaded.Version, loaded.HorizonDays, loaded.Threshold).ShouldBe((model.Version, model.HorizonDays, model.Threshold));
        (loaded.Calibration, loaded.Population).ShouldBe((model.Calibration, model.Population));
        for (int seed = 0; seed < 20; seed++)
        {
            var history = SampleHistory.Random(seed);
            loaded.Assess(history.Sorted(), 10_500 * Day).ShouldBe(model.Assess(history.Sorted(), 10_500 * Day));
        }
    }

    [Fact]
    public void A_model_of_features_that_are_not_known_here_is_refused_by_name()
    {
        byte[] bytes = Saved(Model(1));
        int at = bytes.AsSpan().IndexOf("weekend_share"u8);
        "weather_share"u8.CopyTo(bytes.AsSpan(at));
        Should.Throw<InvalidDataException>(() => Reload(bytes)).Message.ShouldContain("weather_share");
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        byte[] bytes = Saved(Model(1));
        for (int length = 0; length < bytes.Length; length += 97)
            Should.Throw<InvalidDataException>(() => Reload(bytes[..length]));
    }

    [Fact]
    public void Judging_a_customer_allocates_nothing()
    {
        var sample = SampleHistory.Random(4);
        var (purchases, returns) = (sample.Purchases.Order().ToArray(), sample.Returns.Order().ToArray());
        int[] visits = [.. sample.VisitDays],
            complaints = [.. sample.Complaints];
        var model = Model(2, 0.99f);
        for (int i = 0; i < 3; i++)
            Judge();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Judge();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Judge()
        {
            var history = new ChurnHistory(purchases, returns, visits, 0, complaints);
            model.Assess(history, 10_600 * Day);
            model.NextCrossing(history, 10_600 * Day, 60);
        }
    }

    static byte[] Saved(ChurnModel model)
    {
        using var file = new MemoryStream();
        model.Save(file);
        return file.ToArray();
    }

    static ChurnModel Reload(byte[] bytes) => ChurnModel.Load(new MemoryStream(bytes));
}

using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Churn;

public class ChurnFeaturesTests
{
    const int Day = ChurnHistory.Day;

    [Fact]
    public void Every_column_has_one_definition_in_its_place_and_a_name_of_its_own()
    {
        ChurnFeatures.All.Select(f => (int)f.Feature).ShouldBe(Enumerable.Range(0, Enum.GetValues<ChurnFeature>().Length));
        ChurnFeatures.All.Select(f => f.Name).ShouldBeUnique();
        ChurnFeatures.All.ShouldAllBe(f => f.Unit.Length > 0 && f.Meaning.Length > 0);
    }

    [Fact]
    public void A_row_never_sees_events_at_or_after_the_cutoff() =>
        Prop.ForAll<int, ushort>(
                (seed, offset) =>
                {
                    var history = SampleHistory.Random(seed);
                    int cutoff = (10_050 + offset % 600) * Day;
                    float[] before = history.Row(cutoff);

                    var random = new Random(seed ^ 77);
                    var changed = new SampleHistory
                    {
                        Purchases = [.. history.Purchases.Where(p => p.Time < cutoff)],
                        Returns = [.. history.Returns.Where(r => r.Time < cutoff)],
                        VisitDays = [.. history.VisitDays.Where(d => d * Day < cutoff)],
                        Complaints = [.. history.Complaints.Where(c => c < cutoff)],
                    };
                    for (int i = 0; i < 5; i++)
                    {
                        int later = cutoff + (i == 0 ? 0 : random.Next(90 * Day));
                        changed.Purchases.Add(new(later, 5_000_000, 50, 50));
                        changed.Returns.Add(new(later, 5_000_000));
                        changed.VisitDays.Add(later / Day);
                        changed.Complaints.Add(later);
                    }
                    changed.Row(cutoff).ShouldBe(before);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_arrival_leaves_no_trace() =>
        Prop.ForAll<int>(seed =>
            {
                var history = SampleHistory.Random(seed);
                var random = new Random(seed);
                var (purchases, returns) = (new List<Purchase>(), new List<Return>());
                foreach (var purchase in history.Purchases.OrderBy(_ => random.Next()))
                    Chronology.Insert(purchases, purchase);
                foreach (var item in history.Returns.OrderBy(_ => random.Next()))
                    Chronology.Insert(returns, item);

                var row = new float[ChurnFeatures.Count];
                ChurnFeatures
                    .Compute(
                        new(purchases.ToArray(), returns.ToArray(), history.VisitDays.ToArray(), 0, history.Complaints.ToArray()),
                        10_600 * Day,
                        row
                    )
                    .ShouldBe(purchases.Count > 0);
                if (purchases.Count > 0)
                    row.ShouldBe(
                        new SampleHistory
                        {
                            Purchases = history.Purchases,
                            Returns = history.Returns,
                            VisitDays = history.VisitDays,
                            Complaints = history.Complaints,
                        }.Row(10_600 * Day)
                    );
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Silence_is_measured_against_the_customers_own_gaps()
    {
        // Gaps of 10, 20 and 30 days, then 40 days of silence.
        var history = SampleHistory.BoughtOn(10_000, 10_010, 10_030, 10_060);
        float[] row = history.Row(10_100 * Day);

        Value(ChurnFeature.Recency).ShouldBe(40);
        Value(ChurnFeature.Tenure).ShouldBe(100);
        Value(ChurnFeature.PurchaseDays).ShouldBe(4);
        Value(ChurnFeature.GapMean).ShouldBe(20);
        Value(ChurnFeature.GapMedian).ShouldBe(20);
        Value(ChurnFeature.GapStd).ShouldBe(MathF.Sqrt(200 / 3f), 1e-4);
        Value(ChurnFeature.SilenceToMeanGap).ShouldBe(2);
        Value(ChurnFeature.SilenceToMaxGap).ShouldBe(40 / 30f, 1e-6);
        Value(ChurnFeature.SilenceDecay).ShouldBe(MathF.Exp(-40 / 21f), 1e-6);
        Value(ChurnFeature.GapExceed).ShouldBe(0);
        Value(ChurnFeature.Days90).ShouldBe(3);
        Value(ChurnFeature.Spend).ShouldBe(100);
        Value(ChurnFeature.FirstMonth).ShouldBe(2);
        Value(ChurnFeature.ActiveMonths).ShouldBe(3);
        Value(ChurnFeature.RecentHalf).ShouldBe(0.25f);
        Value(ChurnFeature.VisitRecency).ShouldBe(float.NaN);

        float Value(ChurnFeature feature) => row[(int)feature];
    }

    [Fact]
    public void Several_orders_on_one_date_are_one_purchase_day()
    {
        var history = SampleHistory.BoughtOn(10_000, 10_000, 10_007);
        float[] row = history.Row(10_010 * Day);
        row[(int)ChurnFeature.PurchaseDays].ShouldBe(2);
        row[(int)ChurnFeature.Transactions].ShouldBe(3);
        row[(int)ChurnFeature.SpendFirst].ShouldBe(50);
    }

    [Fact]
    public void Old_visit_days_beyond_the_kept_ones_change_nothing()
    {
        int[] days = [.. Enumerable.Range(10_000, 200)];
        Purchase[] bought = [new(10_000 * Day, 10_000, 1, 1)];
        var (all, recent) = (new float[ChurnFeatures.Count], new float[ChurnFeatures.Count]);
        ChurnFeatures.Compute(new(bought, [], days, 0), 10_200 * Day, all);
        ChurnFeatures.Compute(new(bought, [], days[^ChurnHistory.VisitDaysKept..], 0), 10_200 * Day, recent);
        recent.ShouldBe(all);
        all[(int)ChurnFeature.Visits30].ShouldBe(30);
    }

    [Fact]
    public void Without_a_purchase_there_is_no_row()
    {
        SampleHistory.BoughtOn(10_000).Row(10_000 * Day).ShouldBeEmpty();
        SampleHistory.BoughtOn(10_000).Row(10_001 * Day).ShouldNotBeEmpty();
    }
}

/// <summary>Keeps a history oldest first although events arrive in any order.</summary>
static class Chronology
{
    /// <summary>Inserts <paramref name="item"/> at its place; the usual case, the newest event, costs no search.</summary>
    public static void Insert<T>(List<T> history, T item)
        where T : IComparable<T>
    {
        if (history.Count == 0 || history[^1].CompareTo(item) <= 0)
        {
            history.Add(item);
            return;
        }
        int place = history.BinarySearch(item);
        history.Insert(place < 0 ? ~place : place, item);
    }
}

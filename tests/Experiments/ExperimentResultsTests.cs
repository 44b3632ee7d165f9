using Personalization.Experiments;
using Personalization.Journal;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Experiments;

/// <summary>R89: what is measured is named, and how sure it is.</summary>
public sealed class ExperimentResultsTests
{
    static readonly ExperimentBody Experiment = new(
        "home",
        "running",
        [new("as now", 0.3, "default"), new("popular", 0.3, "control"), new("new", 0.4, "untrained")],
        new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero)
    );

    [Fact]
    public void Each_variant_is_compared_with_the_control_group_in_words()
    {
        var results = ExperimentResults.Of(
            "e",
            Experiment,
            [new(0, 10_000, 700, 800, 81_000_000), new(1, 10_000, 500, 500, 0), new(2, 10_000, 520, 520, 0)],
            7
        );
        results.Baseline.ShouldBe("popular");
        var better = results.Variants[0];
        (better.Rate, better.Revenue, better.RevenuePerVisitor).ShouldBe((0.07, 8_100m, 0.81m));
        better.Comparison!.Decision.ShouldBe("better");
        better.Comparison.Text.ShouldStartWith(
            "Since 2026-11-28, 7.0 % of 10,000 visitors bought with “as now” and 5.0 % of 10,000 visitors with “popular”. "
                + "The difference is 2.0 percentage points; with 95 % certainty, however often one looks, the true one lies between "
        );
        better.Comparison.Low!.Value.ShouldBeGreaterThan(0);
        results.Variants[1].Comparison.ShouldBeNull();
        results.Variants[2].Comparison!.Decision.ShouldBe("undecided");
        results.Variants[2].Comparison!.Low!.Value.ShouldBeLessThan(0);
    }

    [Fact]
    public void Several_comparisons_share_what_all_may_err()
    {
        var pair = Experiment with { Variants = [.. Experiment.Variants.Take(2)] };
        VariantTotals[] totals = [new(0, 10_000, 620, 620, 0), new(1, 10_000, 500, 500, 0)];
        var (alone, together) = (
            ExperimentResults.Of("e", pair, totals, 7).Variants[0].Comparison!,
            ExperimentResults.Of("e", Experiment, totals, 7).Variants[0].Comparison!
        );
        (alone.High - alone.Low).ShouldNotBeNull().ShouldBeLessThan(together.High!.Value - together.Low!.Value);
    }

    [Fact]
    public void Before_anybody_got_an_answer_there_is_nothing_to_say()
    {
        var results = ExperimentResults.Of("e", Experiment with { BegunAt = null }, [], 0);
        results.Variants.ShouldAllBe(variant => variant.Visitors == 0 && variant.Rate == null);
        results.Variants[0].Comparison!.Decision.ShouldBe("undecided");
    }
}

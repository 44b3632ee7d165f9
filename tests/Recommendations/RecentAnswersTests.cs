using Personalization.Events;
using Personalization.Projections;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public sealed class RecentAnswersTests
{
    const long Hour = 3_600_000;

    [Fact]
    public void A_product_counts_for_the_newest_answer_it_stood_in_for_a_day()
    {
        var answers = new RecentAnswers();
        answers.Add(Placement.Home, 1, 10 * Hour, [Item(7), Item(8)]);
        answers.Add(Placement.Cart, 2, 20 * Hour, [Item(7)]);
        answers.Find(7, 21 * Hour).ShouldBe(new Attribution(7, AttributedBy.Product, Placement.Cart, 2, 20 * Hour));
        answers.Find(7, 12 * Hour)!.Value.Placement.ShouldBe(Placement.Home, "the cart's answer came later");
        answers.Find(8, 34 * Hour)!.Value.Source.ShouldBe(1u);
        answers.Find(8, 34 * Hour + 1).ShouldBeNull();
        answers.Find(9, 21 * Hour).ShouldBeNull();
    }

    [Fact]
    public void Only_the_last_four_answers_are_remembered()
    {
        var answers = new RecentAnswers();
        for (var i = 0; i < 5; i++)
            answers.Add(Placement.Home, 1, i, [Item(i)]);
        answers.Find(0, 10).ShouldBeNull();
        for (var i = 1; i < 5; i++)
            answers.Find(i, 10).ShouldNotBeNull();
    }

    static Recommendation Item(int product) => new(product, 1, default);

    [Fact]
    public void An_order_is_shared_out_by_what_its_lines_cost_or_without_prices_by_pieces()
    {
        RecommendationDays.ShareOf([new(1, 2, 30), new(2, 1, 40)], 1, 1_000).ShouldBe(600);
        RecommendationDays.ShareOf([new(1, 1, 0), new(2, 3, 0)], 2, 1_000).ShouldBe(750);
        RecommendationDays.ShareOf([], Attribution.WholeEvent, 1_000).ShouldBe(1_000);
        RecommendationDays.ShareOf([new(1, 1, 5)], 9, 1_000).ShouldBe(0);
        RecommendationDays
            .ShareOf([new(1, 100_000, 10_000_000_000_000)], 1, 9_000_000_000_000_000_000)
            .ShouldBe(9_000_000_000_000_000_000);
    }
}

using Personalization.Experiments;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Experiments;

/// <summary>R89: results may be looked at whenever one likes.</summary>
public sealed class SequentialTestTests
{
    const int Runs = 1_000,
        LookEvery = 50;

    /// <summary>
    /// Whether one of many looks says what is not so, and whether the last one says that there is a difference.
    /// </summary>
    static (bool IsWrong, bool IsFound) Run(int seed, double first, double second, int visitors, int longestDelay = 0)
    {
        var random = new Random(seed);
        var (seen, bought) = (new long[2], new long[2]);
        var later = new List<int>?[visitors + longestDelay + 1];
        var (isWrong, sign) = (false, 0);
        for (var i = 0; i < visitors; i++)
        {
            var arm = random.Next(2);
            seen[arm]++;
            if (random.NextDouble() < (arm == 0 ? first : second))
                (later[i + random.Next(longestDelay + 1)] ??= []).Add(arm);
            foreach (var buyer in later[i] ?? [])
                bought[buyer]++;
            if (i % LookEvery != 0)
                continue;
            var result = SequentialTest.Compare(new Sample(seen[1], bought[1]), new Sample(seen[0], bought[0]), 0.05);
            isWrong |= second - first < result.Low || second - first > result.High;
            sign = result.Sign;
        }
        return (isWrong, sign == Math.Sign(second - first) && sign != 0);
    }

    [Theory]
    [InlineData(0.05, 5_000, 0)]
    [InlineData(0.02, 10_000, 0)]
    [InlineData(0.3, 3_000, 0)]
    [InlineData(0.05, 5_000, 1_000)]
    public void Without_a_difference_hundreds_of_looks_err_in_less_than_one_run_of_twenty(double rate, int visitors, int delay)
    {
        var wrong = Enumerable.Range(0, Runs).AsParallel().Count(seed => Run(seed, rate, rate, visitors, delay).IsWrong);
        wrong.ShouldBeLessThan(Runs / 20);
    }

    [Fact]
    public void A_real_difference_is_found_and_its_interval_holds_it()
    {
        var runs = Enumerable.Range(0, Runs).AsParallel().Select(seed => Run(seed, 0.05, 0.075, 12_000)).ToList();
        runs.Count(run => run.IsFound).ShouldBeGreaterThan(Runs * 9 / 10);
        runs.Count(run => run.IsWrong).ShouldBeLessThan(Runs / 20);
    }

    [Fact]
    public void An_interval_for_one_look_would_err_far_more_often()
    {
        // What the test is there for: the same looks, with 1.96 standard errors.
        var wrong = Enumerable
            .Range(0, 200)
            .Count(seed =>
            {
                var random = new Random(seed);
                var (seen, bought) = (new double[2], new double[2]);
                for (var i = 0; i < 5_000; i++)
                {
                    var arm = random.Next(2);
                    seen[arm]++;
                    bought[arm] += random.NextDouble() < 0.05 ? 1 : 0;
                    if (i < 500 || i % LookEvery != 0)
                        continue;
                    var pooled = (bought[0] + bought[1]) / (seen[0] + seen[1]);
                    var error = Math.Sqrt(pooled * (1 - pooled) * (1 / seen[0] + 1 / seen[1]));
                    if (Math.Abs(bought[0] / seen[0] - bought[1] / seen[1]) > 1.96 * error)
                        return true;
                }
                return false;
            });
        wrong.ShouldBeGreaterThan(30);
    }

    [Fact]
    public void It_is_the_formula_that_is_documented()
    {
        // 10,000 visitors each: n = 5,000, V = 0.0485·0.9515…/10,000 + …; the radius was worked out by hand.
        var result = SequentialTest.Compare(new Sample(10_000, 600), new Sample(10_000, 500), 0.05);
        result.Difference.ShouldBe(0.01, 1e-12);
        ((result.High - result.Low) / 2).ShouldBe(0.0098, 0.0001);
        (result.Low, result.High).ShouldBe((0.01 - 0.0098, 0.01 + 0.0098), Tolerance);
    }

    static readonly IEqualityComparer<(double, double)> Tolerance = EqualityComparer<(double, double)>.Create(
        (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-4 && Math.Abs(a.Item2 - b.Item2) < 1e-4
    );

    [Fact]
    public void Of_few_visitors_it_says_nothing()
    {
        SequentialTest.Compare(new Sample(99, 90), new Sample(5_000, 1), 0.05).Sign.ShouldBe(0);
        SequentialTest.Compare(new Sample(5_000, 19), new Sample(5_000, 0), 0.05).Sign.ShouldBe(0);
        SequentialTest.Compare(default, default, 0.05).ShouldBe(new RateDifference(0, -1, 1));
    }
}

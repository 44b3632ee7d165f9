using FsCheck;
using FsCheck.Fluent;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class SelectingTests
{
    [Fact]
    public void The_nth_largest_is_where_sorting_puts_it() =>
        Prop.ForAll<float[], int, bool>(
                (drawn, which, few) =>
                {
                    float[] numbers = [.. drawn.Where(float.IsFinite).Select(x => few ? MathF.Sign(x) : x)];
                    if (numbers.Length == 0)
                        return;
                    var n = 1 + (int)((uint)which % (uint)numbers.Length);
                    float[] sorted = [.. numbers.OrderDescending()];

                    var (threshold, ties) = Selecting.Largest(numbers, n, new int[numbers.Length]);

                    threshold.ShouldBe(sorted[n - 1]);
                    ties.ShouldBe(sorted[..n].Count(x => x == threshold));
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0f, -0f, 1)]
    [InlineData(float.MaxValue, float.MinValue, 2)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity, 1)]
    [InlineData(float.Epsilon, 0f, 2)]
    public void Numbers_at_the_ends_are_ordered_too(float larger, float smaller, int n) =>
        Selecting.Largest([smaller, larger], n, new int[2]).Threshold.ShouldBe(n == 1 ? larger : smaller);
}

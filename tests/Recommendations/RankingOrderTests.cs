using FsCheck;
using FsCheck.Fluent;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class RankingOrderTests
{
    [Fact]
    public void Products_come_by_score_and_equal_ones_by_number() =>
        Prop.ForAll<byte[], byte, byte>(
                (drawn, times, best) =>
                {
                    // Few scores, many products: ties on both sides of what is sorted at once.
                    float[] scores =
                    [
                        .. Enumerable.Repeat(drawn, 1 + (times % 40)).SelectMany(x => x).Select(x => x % 7 * 0.125f),
                    ];
                    int[] products = [.. Enumerable.Range(0, scores.Length).Select(i => (i * 7919) % 100_003)];
                    var ranking = new Ranking();

                    ranking.Put(products, scores);
                    Handed(ranking).ShouldBe(Sorted(products, scores));

                    int[] chosen = [.. Enumerable.Range(0, scores.Length).Where(i => i % (1 + (best % 9)) == 0).Take(64)];
                    float[] theirs = [.. chosen.Select(i => i % 3 * 2f)];
                    ranking.Put(products, scores, chosen, theirs);
                    int[] others = [.. Enumerable.Range(0, scores.Length).Except(chosen)];
                    Handed(ranking)
                        .ShouldBe([
                            .. Sorted([.. chosen.Select(i => products[i])], theirs),
                            .. Sorted([.. others.Select(i => products[i])], [.. others.Select(i => scores[i])]),
                        ]);
                }
            )
            .QuickCheckThrowOnFailure();

    static List<(int, float)> Handed(Ranking ranking)
    {
        var handed = new List<(int, float)>();
        while (ranking.TryGet(handed.Count, out var product, out var score))
            handed.Add((product, score));
        return handed;
    }

    static IEnumerable<(int, float)> Sorted(int[] products, float[] scores) =>
        products.Zip(scores).OrderByDescending(x => x.Second).ThenBy(x => x.First);
}

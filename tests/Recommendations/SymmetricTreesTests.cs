using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class SymmetricTreesTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(6, 24)]
    [InlineData(8, 160)]
    public void Eight_rows_at_once_score_as_one_row_walked_down(int depth, int rows)
    {
        var random = new Random(depth);
        var drawn = Draw(random, depth, trees: 20, columns: 5);
        var trees = new SymmetricTrees(depth, 5, drawn.Features, drawn.Thresholds, drawn.Leaves);
        var values = new float[5 * 160];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.Next(10) == 0 ? float.NaN : random.Next(5);
        var scores = new float[rows];
        trees.Score(values, 160, scores);

        for (var row = 0; row < rows; row++)
        {
            var sum = 0f;
            for (var tree = 0; tree < 20; tree++)
            {
                var leaf = 0;
                for (var level = 0; level < depth; level++)
                    if (values[(drawn.Features[(tree * depth) + level] * 160) + row] > drawn.Thresholds[(tree * depth) + level])
                        leaf |= 1 << level;
                sum += drawn.Leaves[(tree << depth) + leaf];
            }
            scores[row].ShouldBe(sum, 1e-4f);
        }
    }

    [Fact]
    public void Trees_read_again_score_the_same_and_find_their_columns_where_they_are_now()
    {
        var random = new Random(3);
        var drawn = Draw(random, 4, trees: 7, columns: 3);
        var trees = new SymmetricTrees(4, 3, drawn.Features, drawn.Thresholds, drawn.Leaves);
        var stream = new MemoryStream();
        trees.Save(new BinaryWriter(stream));
        stream.Position = 0;
        var moved = SymmetricTrees.Load(new BinaryReader(stream), [2, 0, 1], 3);
        var values = new float[3 * 8];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.Next(5);
        var (expected, found) = (new float[8], new float[8]);
        trees.Score(values, 8, expected);
        moved.Score([.. values[8..16], .. values[16..], .. values[..8]], 8, found);
        found.ShouldBe(expected);
        found.ShouldContain(score => score != 0);
    }

    [Fact]
    public void Arrays_that_are_no_trees_are_refused()
    {
        Should.Throw<InvalidDataException>(() => new SymmetricTrees(2, 3, [0, 1], [0, 0], [1, 2, 3]));
        Should.Throw<InvalidDataException>(() => new SymmetricTrees(1, 3, [3], [0], [1, 2]));
        Should.Throw<InvalidDataException>(() => new SymmetricTrees(9, 3, new short[9], new float[9], new float[512]));
    }

    internal static (short[] Features, float[] Thresholds, float[] Leaves) Draw(
        Random random,
        int depth,
        int trees,
        int columns
    ) =>
        (
            [.. Enumerable.Range(0, trees * depth).Select(_ => (short)random.Next(columns))],
            [.. Enumerable.Range(0, trees * depth).Select(_ => random.Next(4) + 0.5f)],
            [.. Enumerable.Range(0, trees << depth).Select(_ => random.NextSingle() - 0.5f)]
        );
}

using FsCheck;
using FsCheck.Fluent;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class SparseTableTests
{
    [Fact]
    public void Keys_added_in_any_way_have_the_rows_of_their_first_coming() =>
        Prop.ForAll<int[][], bool, int>(
                (drawn, wide, repeated) =>
                {
                    var width = wide ? 16 : 1;
                    var table = new SparseTable(width);
                    for (var use = 0; use < 2; use++)
                    {
                        table.Clear();
                        var sums = new Dictionary<int, float>();
                        var order = new List<int>();
                        // More than there is room for at first.
                        foreach (var group in (int[][])[.. drawn, [.. Enumerable.Range(repeated, 700)], .. drawn])
                        {
                            var rows = new int[group.Length];
                            if (use == 0)
                                table.AddAll(group, -1, rows);
                            for (var i = 0; i < group.Length; i++)
                            {
                                if (use == 1)
                                    rows[i] = table.Add(group[i]);
                                table.Row(rows[i])[width - 1]++;
                                if (!sums.ContainsKey(group[i]))
                                    order.Add(group[i]);
                                sums[group[i]] = sums.GetValueOrDefault(group[i]) + 1;
                            }
                        }
                        table.Keys.ToArray().ShouldBe(order);
                        for (var row = 0; row < order.Count; row++)
                        {
                            table.RowOf(order[row]).ShouldBe(row);
                            table.Row(row)[width - 1].ShouldBe(sums[order[row]]);
                            if (wide)
                                table.Row(row)[..^1].ToArray().ShouldAllBe(x => x == 0);
                        }
                    }
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Bits_outside_the_mask_are_no_part_of_a_key()
    {
        var table = new SparseTable(1);
        var rows = new int[3];
        table.AddAll([0x1000_0007, 0x2000_0007, 8], 0x0FFF_FFFF, rows);
        rows.ShouldBe([0, 0, 1]);
        table.Keys.ToArray().ShouldBe([7, 8]);
        table.RowOf(9).ShouldBe(-1);
    }
}

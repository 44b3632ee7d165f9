using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public class DelimitedRowsTests
{
    static List<string[]> Split(string text, int readSize = int.MaxValue)
    {
        var rows = new DelimitedRows(new SlowStream(Encoding.UTF8.GetBytes(text), readSize));
        var all = new List<string[]>();
        while (rows.Next())
            all.Add([.. Enumerable.Range(0, rows.Count).Select(field => Encoding.UTF8.GetString(rows[field]))]);
        return all;
    }

    [Fact]
    public void What_was_quoted_comes_back_as_it_was_however_the_stream_is_cut()
    {
        var field = Gen.Elements('a', 'ß', ',', '"', '\n', '\r', ' ').ArrayOf().Select(characters => new string(characters));
        var row = field.ArrayOf(3);
        Prop.ForAll(row.ArrayOf().ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (rows, readSize) =>
            {
                var text = string.Concat(
                    rows.Select(fields =>
                        string.Join(
                            ',',
                            fields.Select(value => '"' + value.Replace("\"", "\"\"", StringComparison.Ordinal) + '"')
                        ) + "\r\n"
                    )
                );
                return Split(text, readSize).Zip(rows).All(pair => pair.First.SequenceEqual(pair.Second))
                    && Split(text, readSize).Count == rows.Length;
            })
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_byte_order_mark_blank_lines_and_a_missing_last_line_end_do_no_harm() =>
        Split("\uFEFFa,b\r\n\r\n\n1,\"2\"")
            .ShouldBe([
                ["a", "b"],
                ["1", "2"],
            ]);

    [Fact]
    public void Lines_are_counted_through_quoted_line_ends_and_blank_lines()
    {
        var rows = new DelimitedRows(new SlowStream("a,\"x\ny\"\n\nb,c\n"u8.ToArray(), 3));
        rows.Next().ShouldBeTrue();
        rows.Line.ShouldBe(1);
        rows.Next().ShouldBeTrue();
        rows.Line.ShouldBe(4);
        rows.Next().ShouldBeFalse();
    }

    [Fact]
    public void A_quote_inside_a_field_is_a_character() =>
        Split("a\"b,c\"\n")
            .ShouldBe([
                ["a\"b", "c\""],
            ]);

    /// <summary>A network gives what it has, not what was asked for.</summary>
    sealed class SlowStream(byte[] bytes, int readSize) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, readSize));
    }
}

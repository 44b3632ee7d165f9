using System.CommandLine;
using System.IO.Compression;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public sealed class ImporterTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("importer-").FullName;
    readonly RememberingTarget _target = new();
    readonly StringWriter _output = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string FileOf(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    Task<ImportSummary> Import(params string[] files) =>
        new Importer(_target, _output, interactive: false, TimeProvider.System).RunAsync(
            new ImportRequest
            {
                Format = ImportFormats.Taobao,
                Files = files,
                Data = _folder,
            }
        );

    [Fact]
    public async Task An_import_ends_with_its_result_and_lists_rejected_rows_by_line_and_reason()
    {
        await Import(FileOf("clicks.csv", "1,2,3,pv,1511544070\n1,2,3,pv\n1,2,3,pv,1511544060\n"));

        var lines = _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        lines[^2].ShouldEndWith(".tsv; most often, first in line 2: 4 fields instead of 5");
        lines[^1].ShouldMatch(@"^imported 2 events, rejected 1, skipped 0 duplicates, in \d+\.\d s \(\d+ rows/s\)$");
        var list = Directory.GetFiles(Path.Combine(_folder, "rejects"), "clicks.csv-*.tsv").ShouldHaveSingleItem();
        File.ReadAllText(list).ShouldBe("line\treason\n2\t4 fields instead of 5\n");
        _target.Facts.Select(fact => fact.Time).ShouldBe([1_511_544_060_000, 1_511_544_070_000]);
    }

    [Fact]
    public async Task A_file_imported_twice_changes_nothing_the_second_time()
    {
        var file = FileOf("clicks.csv", "1,2,3,pv,1511544070\n1,2,3,pv,1511544070\n");
        var first = await Import(file);
        var second = await Import(file);

        (first.Imported, first.Duplicates).ShouldBe((2, 0));
        (second.Imported, second.Duplicates).ShouldBe((0, 2));
    }

    [Fact]
    public async Task A_row_that_stands_in_two_overlapping_files_is_one_fact()
    {
        var summary = await Import(
            FileOf("one.csv", "1,2,3,pv,1511544070\n"),
            FileOf("two.csv", "1,2,3,pv,1511544070\n1,2,3,pv,1511544080\n")
        );

        (summary.Imported, summary.Duplicates).ShouldBe((2, 1));
    }

    [Fact]
    public async Task A_packed_file_is_known_by_its_content_not_by_its_name()
    {
        var path = Path.Combine(_folder, "clicks.csv");
        await using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            packed.Write("1,2,3,pv,1511544070\n"u8);

        (await Import(path)).Imported.ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_packed_file_is_named_and_nothing_is_written()
    {
        var path = Path.Combine(_folder, "broken.gz");
        await File.WriteAllBytesAsync(path, [0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

        (await Should.ThrowAsync<ImportException>(() => Import(path))).Message.ShouldContain("broken.gz");
        _target.Facts.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_import_that_took_nothing_and_rejected_rows_has_failed_and_tells_the_commonest_reason()
    {
        var rows = FileOf("clicks.csv", "1\n1,2,3,pv\n1,2,3,pv\n");
        (await Import(rows)).HasFailed.ShouldBeTrue();
        _output.ToString().ShouldContain("most often, first in line 2: 4 fields instead of 5");
        (await Import(rows, FileOf("good.csv", "1,2,3,pv,1511544070\n"))).HasFailed.ShouldBeFalse();
    }

    [Fact]
    public async Task An_empty_file_is_told() =>
        (await Should.ThrowAsync<ImportException>(() => Import(FileOf("none.csv", "")))).Message.ShouldEndWith(
            "none.csv is empty."
        );

    [Theory]
    [InlineData("lacks its trailer's last byte", " is a damaged gzip file: it ends too early.")]
    [InlineData("lacks half", " is a damaged gzip file: it ends too early.")]
    [InlineData("has a flipped checksum", " is a damaged gzip file.")]
    public async Task A_packed_file_that_was_cut_off_or_changed_is_damaged_and_nothing_is_written(string what, string told)
    {
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write("1,2,3,pv,1511544070\n1,2,4,pv,1511544080\n"u8);
        var bytes = packed.ToArray();
        if (what.StartsWith("has"))
            bytes[^6] ^= 1;
        else
            bytes = bytes[..(what.EndsWith("half") ? bytes.Length / 2 : bytes.Length - 1)];
        var path = Path.Combine(_folder, "clicks.gz");
        await File.WriteAllBytesAsync(path, bytes);

        (await Should.ThrowAsync<ImportException>(() => Import(path))).Message.ShouldBe(path + told);
        _target.Facts.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_target_refuses_is_rejected_in_the_list_of_its_file()
    {
        _target.Refuses = fact => fact.Name == "9" ? "the name is not allowed" : null;
        var summary = await Import(
            FileOf("one.csv", "1,2,3,pv,1511544070\n"),
            FileOf("two.csv", "1,2,3,pv,1511544070\n9,2,3,pv,1\n")
        );

        summary.Rejected.ShouldBe(1);
        var list = Directory.GetFiles(Path.Combine(_folder, "rejects")).ShouldHaveSingleItem();
        Path.GetFileName(list).ShouldStartWith("two.csv-");
        (await File.ReadAllLinesAsync(list))[1].ShouldBe("2\tthe name is not allowed");
    }

    [Fact]
    public async Task What_is_left_out_is_told_by_reason_before_the_result()
    {
        var request = new ImportRequest
        {
            Format = ImportFormats.Csv,
            Files = [FileOf("orders.csv", "c,t,a\n,2020-01-01,5\nana,2020-01-01,5\n")],
            Data = _folder,
            Csv = CsvMapping.Parse("customer=c,time=t,amount=a", null, null, null, false, false),
        };
        await new Importer(_target, _output, interactive: false, TimeProvider.System).RunAsync(request);

        _output.ToString().ShouldStartWith("left out 1 rows: row without a customer" + Environment.NewLine + "imported 1 events");
    }

    [Fact]
    public async Task The_command_line_becomes_a_request()
    {
        ImportRequest? asked = null;
        var command = ImportCommand.Create(
            (request, _) =>
            {
                asked = request;
                return Task.FromResult(0);
            }
        );
        var code = await command
            .Parse(["csv", "a.csv", "b.csv", "--data", "here", "--map", "customer=c,time=t,order=o", "--delimiter", "tab"])
            .InvokeAsync();

        code.ShouldBe(0);
        asked!.Files.ShouldBe(["a.csv", "b.csv"]);
        asked.Data.ShouldBe("here");
        asked.Csv!.Column("order").ShouldBe("o");
        asked.Csv.Delimiter.ShouldBe('\t');
    }

    [Fact]
    public async Task A_wrong_mapping_is_told_and_fails_the_command()
    {
        var errors = new StringWriter();
        var command = ImportCommand.Create((_, _) => throw new InvalidOperationException("never asked"));
        var code = await command
            .Parse(["csv", "a.csv", "--map", "customer=c"])
            .InvokeAsync(new InvocationConfiguration { Error = errors });

        code.ShouldBe(1);
        errors.ToString().ShouldContain("time=Col");
    }

    sealed class RememberingTarget : IImportTarget
    {
        readonly HashSet<UInt128> _keys = [];

        public List<ImportedFact> Facts { get; } = [];
        public Func<ImportedFact, string?> Refuses { get; set; } = _ => null;

        public ValueTask<ImportResult> WriteAsync(IReadOnlyList<ImportedFact> chunk, CancellationToken cancel)
        {
            var refused = chunk
                .Where(fact => Refuses(fact) is not null)
                .Select(fact => new RefusedFact(fact, Refuses(fact)!))
                .ToList();
            var fresh = chunk.Where(fact => Refuses(fact) is null && _keys.Add(fact.Key)).ToList();
            Facts.AddRange(fresh);
            return ValueTask.FromResult(new ImportResult(fresh.Count, chunk.Count - fresh.Count - refused.Count, refused));
        }
    }
}

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Models.Commands;
using Personalization.Models.Recommendations;
using Personalization.Storage.Models;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class RecommendationCommandsTests : IDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void R72_a_ranking_is_trained_promoted_and_rolled_back_by_commands()
    {
        var log = SyntheticClicks.Log(1500);
        Run(log, "train", "recommendations", "--data", _data, "--by", "ana").Code.ShouldBe(0);
        var registry = new RankingRegistry(_data);
        string first = registry.CurrentVersion()!;
        registry.TryCurrent(out _)!.Version.ShouldBe(first);
        registry.Card<RankingCard>(first)!.Metrics.Select(figures => figures.Name).ShouldBe(["untrained blend", "trained"]);

        var code = Run(log, "train", "recommendations", "--data", _data, "--seed", "2").Code;
        code.ShouldBe(registry.CurrentVersion() == first ? 2 : 0);
        string second = registry.Versions().Single(version => version != first);
        registry.Card<RankingCard>(second)!.Metrics.Select(figures => figures.Name).ShouldContain("champion");
        if (registry.CurrentVersion() == first)
            Run(log, "promote", "recommendations", second, "--data", _data, "--by", "rui").Code.ShouldBe(0);
        Run(log, "rollback", "recommendations", "--data", _data, "--by", "rui").Code.ShouldBe(0);
        registry.CurrentVersion().ShouldBe(first);
        Run(log, "list", "recommendations", "--data", _data).Said.ShouldContain(second);
    }

    [Fact]
    public void R70_too_little_to_learn_from_is_said_and_nothing_is_registered()
    {
        var (code, said) = Run(SyntheticClicks.Log(10), "train", "recommendations", "--data", _data);
        code.ShouldBe(1);
        said.ShouldContain("Too few");
        new RankingRegistry(_data).Versions().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_evaluation_reads_both_forms_and_writes_its_stages_the_full_one_last(bool asPrefixes)
    {
        string train = Path.Combine(_data, "train.tsv.gz"),
            test = Path.Combine(_data, "test.txt"),
            json = Path.Combine(_data, "out.json");
        var log = SyntheticClicks.Log(600);
        Zip(train, Table(log));
        File.WriteAllText(
            test,
            asPrefixes ? "3 4 5\n11 10 11\n1 2 unheard\n" : "SessionId,ItemId,Time\n9,3,1700000000.5\n9,4,1700000010\n"
        );

        Run(null, "evaluate", "recommendations", "--train", train, "--test", test, "--validation-share", "0.1", "--json", json)
            .Code.ShouldBe(0);

        var root = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        root.GetProperty("data").GetString().ShouldBe("train.tsv.gz");
        var stages = root.GetProperty("stages").EnumerateArray().ToList();
        stages[^1].GetProperty("name").GetString().ShouldBe("full");
        string[] told =
        [
            "name",
            "hr20",
            "mrr20",
            "ndcg20",
            "coverage",
            "p50us",
            "p90us",
            "p99us",
            "buildSeconds",
            "memoryMb",
            "bytesPerPrediction",
        ];
        stages[^1].EnumerateObject().Select(field => field.Name).ShouldBe(told);
        stages[^1].GetProperty("hr20").GetDouble().ShouldBeGreaterThan(0.5);
        stages.ShouldAllBe(stage => stage.GetProperty("bytesPerPrediction").GetDouble() < 200);
    }

    [Fact]
    public void An_evaluation_of_a_shops_next_orders_names_the_baselines_beside_the_recommender()
    {
        string train = Path.Combine(_data, "shop.csv"),
            json = Path.Combine(_data, "out.json");
        var random = new Random(3);
        var text = new StringBuilder();
        for (int customer = 1; customer <= 60; customer++)
        for (int day = 0; day < 9; day++)
        {
            int product = random.Next(40),
                time = 1_511_539_200 + day * 86_400 + random.Next(80_000);
            text.Append($"{customer},{product},{product / 10},pv,{time}\n{customer},{product},{product / 10},buy,{time + 60}\n");
        }
        File.WriteAllText(train, text.Append("7,8,").ToString());

        Run(null, "evaluate", "recommendations", "--task", "next-purchase", "--train", train, "--json", json).Code.ShouldBe(0);

        var root = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        root.GetProperty("customers").GetInt32().ShouldBe(60);
        root.GetProperty("methods")
            .EnumerateArray()
            .Select(method => method.GetProperty("name").GetString())
            .ShouldBe(["popularity", "recency", "item-kNN", "untrained blend", "full"]);
        Run(null, "evaluate", "recommendations", "--train", train).Code.ShouldNotBe(0);
    }

    [Fact]
    public void Clicks_come_in_the_order_of_time_whatever_the_order_of_the_file()
    {
        string path = Path.Combine(_data, "clicks.tsv");
        File.WriteAllText(path, "SessionId\tItemId\tTime\n2\tb\t30\n2\ta\t20\n2\tc\t20\n1\tx\t10\n1\ty\t25\n");
        var catalogue = new ProductCatalogue();
        var log = ClickFile.ReadClicks(path, catalogue);
        // Visit 2 is listed from its end: of its two clicks of one second the later line came first.
        Enumerable.Range(0, log.Count).Select(i => catalogue[log[i].Product]!.Id).ShouldBe(["x", "c", "a", "y", "b"]);
        ClickFile.ReadPrefixes(path, catalogue).Select(prefix => prefix.Touches.Length).ShouldBe([1, 2, 1]);
    }

    [Fact]
    public void A_line_that_is_no_click_is_named()
    {
        string path = Path.Combine(_data, "clicks.tsv");
        File.WriteAllText(path, "SessionId\tItemId\tTime\n1\ta\t10\n1\tb\tsoon\n");
        Should.Throw<InvalidDataException>(() => ClickFile.ReadClicks(path, new())).Message.ShouldContain("line 3");
    }

    static string Table(ClickLog log)
    {
        var text = new StringBuilder("SessionId\tItemId\tTime\n");
        for (int i = 0; i < log.Count; i++)
            text.Append(log[i].Session).Append('\t').Append(log[i].Product).Append('\t').Append(log[i].Time).Append(".0\n");
        return text.ToString();
    }

    static void Zip(string path, string text)
    {
        using var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest));
        writer.Write(text);
    }

    static (int Code, string Said) Run(ClickLog? log, params string[] args)
    {
        var said = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(said) });
        int code = new ModelCommands(console, TimeProvider.System, acts: (_, _, _) => log!).Run(args);
        return (code, said.ToString());
    }
}

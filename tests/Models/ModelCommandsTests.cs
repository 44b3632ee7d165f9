using System.Globalization;
using System.Text.Json;
using Personalization.Churn;
using Personalization.Models.Commands;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Personalization.Storage.Models;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class ModelCommandsTests : IDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void R70_one_command_trains_registers_and_puts_in_use()
    {
        var (code, said) = Run(
            SyntheticShop.Customers(300),
            "train",
            "churn",
            "--data",
            _data,
            "--as-of",
            Time(480),
            "--horizon-days",
            "60",
            "--by",
            "ana"
        );
        code.ShouldBe(0, said);

        var registry = new ModelRegistry(_data);
        var card = registry.Card<ModelCard>(registry.CurrentVersion()!)!;
        card.By.ShouldBe("ana");
        card.TestCutoff.ShouldBe(DateOnly.FromDateTime(At(420)));
        card.Metrics.Select(m => m.Method).ShouldBe(["recency", "RFM logistic", "BG/NBD", "built-in trees", "blend"]);
        card.DataTo.ShouldBe(DateOnly.FromDateTime(At(480)));
        card.TreeTrainer.ShouldBe(TreeTrainer.Default.Name);
        said.ShouldContain($"Trees are grown by ML.NET's {TreeTrainer.Default.Name}");
        var model = new ModelRegistry(_data).TryCurrent(out _)!;
        model.HorizonDays.ShouldBe(60);
        Run([], "list", "churn", "--data", _data).Said.ShouldContain("in use");

        // Beside it lies the same forest as ML.NET's own tools open it.
        byte[] zip = File.ReadAllBytes(Path.Combine(_data, "models", "churn", model.Version, "model.zip"));
        var rows = Snapshots.Stack(SyntheticShop.Customers(300), [SyntheticShop.Day(480)], 60);
        float[] theirs = ChurnTreesTests.Opened(zip, rows);
        for (int i = 0; i < rows.Count; i++)
            Calibration.None.Probability(model.Forest!.Score(rows.Row(i))).ShouldBe(theirs[i], 1e-6);
    }

    [Fact]
    public void R72_training_again_is_judged_against_the_model_in_use()
    {
        var shop = SyntheticShop.Customers(300);
        string[] train = ["train", "churn", "--data", _data, "--as-of", Time(480), "--horizon-days", "60"];
        Run(shop, train).Code.ShouldBe(0);
        string first = new ModelRegistry(_data).CurrentVersion()!;
        Run(shop, [.. train, "--seed", "2"]).Code.ShouldBe(0);
        string second = new ModelRegistry(_data).Versions().Single(version => version != first);
        new ModelRegistry(_data).Card<ModelCard>(second)!.Metrics.Select(m => m.Method).ShouldContain("champion");
    }

    [Theory]
    [InlineData(30, 480, "at least 200")]
    [InlineData(300, 70, "too short")]
    [InlineData(300, -5, "no purchase")]
    public void R70_too_little_to_learn_from_is_said_in_plain_words_and_nothing_is_registered(int customers, int now, string word)
    {
        var (code, said) = Run(
            SyntheticShop.Customers(customers),
            "train",
            "churn",
            "--data",
            _data,
            "--as-of",
            Time(now),
            "--horizon-days",
            "60"
        );
        code.ShouldBe(1);
        said.ShouldContain(word);
        new ModelRegistry(_data).Versions().ShouldBeEmpty();
    }

    [Fact]
    public void R70_a_shop_that_nobody_leaves_teaches_nothing()
    {
        var loyal = SyntheticShop
            .Customers(400)
            .ConvertAll(customer =>
                customer with
                {
                    Purchases =
                    [
                        .. Enumerable.Range(0, 70).Select(week => new Purchase(SyntheticShop.Day(7 * week), 100_000, 1, 1)),
                    ],
                }
            );
        var (code, said) = Run(loyal, "train", "churn", "--data", _data, "--as-of", Time(480), "--horizon-days", "60");
        code.ShouldBe(1);
        said.ShouldContain("0 snapshots end in churn");
    }

    [Fact]
    public void R71_an_evaluation_whose_labels_would_be_unknown_is_refused()
    {
        string file = Path.Combine(_data, "shop.csv");
        File.WriteAllLines(
            file,
            [
                "customer,time,amount",
                .. SyntheticShop
                    .Customers(300)
                    .SelectMany(customer => customer.Purchases.Select(purchase => Line(customer.Number, purchase))),
            ]
        );
        string json = Path.Combine(_data, "figures.json");
        string[] evaluate =
        [
            "evaluate",
            "churn",
            "--format",
            "csv",
            "--data",
            file,
            "--horizon-days",
            "60",
            "--json",
            json,
            "--report",
            Path.Combine(_data, "report.html"),
            "--test-cutoff",
            $"{At(420):yyyy-MM-dd}",
            "--cutoffs",
        ];
        Run([], [.. evaluate, $"{At(361):yyyy-MM-dd}"]).Code.ShouldBe(1);
        File.Exists(json).ShouldBeFalse();
        var (code, said) = Run([], [.. evaluate, $"{At(300):yyyy-MM-dd},{At(360):yyyy-MM-dd}"]);
        code.ShouldBe(0, said);
        var figures = JsonDocument.Parse(File.ReadAllText(json)).RootElement;
        Names(figures).ShouldBe(["splits", "methods", "best"]);
        figures
            .GetProperty("splits")
            .EnumerateArray()
            .Select(split => split.GetProperty("name").GetString())
            .ShouldBe(["train", "train", "test"]);
        Names(figures.GetProperty("splits")[0]).ShouldBe(["name", "cutoff", "rows", "churned"]);
        figures.GetProperty("splits")[2].GetProperty("cutoff").GetString().ShouldBe($"{At(420):yyyy-MM-dd}");
        var methods = figures.GetProperty("methods").EnumerateArray().ToList();
        methods
            .Select(method => method.GetProperty("name").GetString())
            .ShouldBe(["recency", "RFM logistic", "BG/NBD", "built-in trees", "blend"]);
        foreach (var method in methods)
        {
            Names(method)
                .ShouldBe([
                    "name",
                    "auc",
                    "aucLow",
                    "aucHigh",
                    "aucActive180",
                    "averagePrecision",
                    "logLoss",
                    "brier",
                    "ece",
                    "lift10",
                    "fitSeconds",
                    "nsPerRow",
                ]);
            method.GetProperty("aucLow").GetDouble().ShouldBeLessThan(method.GetProperty("auc").GetDouble());
        }
        methods.Select(method => method.GetProperty("name").GetString()).ShouldContain(figures.GetProperty("best").GetString());

        static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
    }

    [Fact]
    public void R71_a_rolling_evaluation_looks_at_every_month_by_what_was_known_then()
    {
        string file = Path.Combine(_data, "shop.csv"),
            json = Path.Combine(_data, "figures.json");
        File.WriteAllLines(
            file,
            [
                "customer,time,amount",
                .. SyntheticShop
                    .Customers(300)
                    .SelectMany(customer =>
                        customer
                            .Purchases.Where(purchase => purchase.Time < SyntheticShop.Day(300))
                            .Select(purchase => Line(customer.Number, purchase))
                    ),
            ]
        );
        string[] rolling =
        [
            "evaluate",
            "churn",
            "--format",
            "csv",
            "--data",
            file,
            "--horizon-days",
            "45",
            "--json",
            json,
            "--report",
            Path.Combine(_data, "report.html"),
            "--rolling",
        ];
        var (code, said) = Run([], rolling);
        code.ShouldBe(0, said);
        var looks = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("looks").EnumerateArray().ToList();
        looks.Count.ShouldBeGreaterThan(1);
        var days = looks.ConvertAll(look =>
            DateOnly.Parse(look.GetProperty("cutoff").GetString()!, CultureInfo.InvariantCulture)
        );
        days.ShouldAllBe(day => day.Day == 1);
        days.Zip(days.Skip(1)).ShouldAllBe(pair => pair.First.AddMonths(1) == pair.Second);
        days[^1].AddDays(45).ShouldBeLessThanOrEqualTo(DateOnly.FromDateTime(At(300)));
        foreach (var (look, day) in looks.Zip(days))
        {
            look.GetProperty("trainCutoffs")
                .EnumerateArray()
                .ShouldAllBe(cutoff => DateOnly.Parse(cutoff.GetString()!, CultureInfo.InvariantCulture).AddDays(45) <= day);
            look.GetProperty("aucLessRfm")
                .EnumerateArray()
                .Select(one => one.GetProperty("name").GetString())
                .ShouldBe(["recency", "BG/NBD", "built-in trees", "blend"]);
        }
        Run([], [.. rolling, "--test-cutoff", "2026-01-01"]).Code.ShouldBe(1);
        Run([], rolling[..^1]).Code.ShouldBe(1);
    }

    [Theory]
    // With some seed one fold holds both customers.
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    [InlineData(8, 1)]
    public void R71_a_handful_of_customers_is_judged_or_refused_in_words(int customers, int seed)
    {
        string file = Path.Combine(_data, "shop.csv"),
            json = Path.Combine(_data, "figures.json");
        for (int stayer = 0; stayer < Math.Min(customers, 2); stayer++)
        {
            // All bought once, one of them is there again in every window.
            File.WriteAllLines(
                file,
                [
                    "customer,time,amount",
                    .. Enumerable
                        .Range(0, customers)
                        .SelectMany(customer =>
                            Enumerable
                                .Range(0, customer == stayer ? 12 : 1)
                                .Select(i => Line(customer, new(SyntheticShop.Day(customer + 20 * i), 10_000, 1, 1)))
                        ),
                ]
            );
            var (code, said) = Run(
                [],
                "evaluate",
                "churn",
                "--format",
                "csv",
                "--data",
                file,
                "--horizon-days",
                "30",
                "--json",
                json,
                "--report",
                Path.Combine(_data, "report.html"),
                "--cutoffs",
                $"{At(60):yyyy-MM-dd},{At(90):yyyy-MM-dd}",
                "--test-cutoff",
                $"{At(150):yyyy-MM-dd}",
                "--seed",
                $"{seed}"
            );
            code.ShouldBe(0, said);
            JsonDocument
                .Parse(File.ReadAllText(json))
                .RootElement.GetProperty("methods")
                .EnumerateArray()
                .ShouldAllBe(method => method.GetProperty("nsPerRow").GetDouble() > 0);
        }
    }

    [Fact]
    public void R71_a_file_with_columns_of_its_own_is_mapped_and_one_too_small_for_trees_is_judged_all_the_same()
    {
        string file = Path.Combine(_data, "shop.txt"),
            json = Path.Combine(_data, "figures.json");
        File.WriteAllLines(
            file,
            [
                "when;sum;who",
                .. SyntheticShop
                    .Customers(60)
                    .SelectMany(customer =>
                        customer.Purchases.Select(purchase =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{purchase.Time};{purchase.Amount / 10_000m};c{customer.Number}"
                            )
                        )
                    ),
            ]
        );
        string[] evaluate =
        [
            "evaluate",
            "churn",
            "--format",
            "csv",
            "--data",
            file,
            "--horizon-days",
            "45",
            "--json",
            json,
            "--report",
            Path.Combine(_data, "report.html"),
            "--test-cutoff",
            $"{At(420):yyyy-MM-dd}",
            "--cutoffs",
            $"{At(300):yyyy-MM-dd}",
        ];
        Run([], evaluate).Said.ShouldContain("\"customer\"");
        Run([], [.. evaluate, "--map", "customer=who,time=when,price=sum"]).Said.ShouldContain("--map takes");
        var (code, said) = Run([], [.. evaluate, "--map", "customer=who,time=when,amount=sum"]);
        code.ShouldBe(0, said);
        said.ShouldContain("No trees were grown");
        File.ReadAllText(json).ShouldContain("BG/NBD");
    }

    [Fact]
    public void R71_every_training_leaves_a_report_that_needs_nothing_else()
    {
        Run(SyntheticShop.Customers(300), Train()).Code.ShouldBe(0);
        var registry = new ModelRegistry(_data);
        string report = File.ReadAllText(registry.ReportOf(registry.CurrentVersion()!));
        foreach (
            string part in (string[])
                ["ROC", "Precision and recall", "Calibration", "Gain", "SHAP", "Model card", "warning threshold"]
        )
            report.ShouldContain(part);
        report.ShouldNotContain("<script");
        report.ShouldNotContain("http");
        report.ShouldNotContain("NaN");
    }

    [Fact]
    public void R72_two_versions_are_compared_on_the_same_customers()
    {
        var shop = SyntheticShop.Customers(300);
        Run(shop, Train()).Code.ShouldBe(0);
        Run(shop, [.. Train(), "--seed", "2"]).Code.ShouldBe(0);
        var versions = new ModelRegistry(_data).Versions();
        string[] compare = ["compare", "churn", versions[0], "", "--data", _data, "--as-of", Time(480)];
        compare[3] = versions[0];
        Run(shop, compare).Said.ShouldContain("cannot be told apart");
        compare[3] = versions[1];
        var (code, said) = Run(shop, compare);
        code.ShouldBe(0, said);
        said.ShouldContain($"AUC of {versions[0]} less that of {versions[1]}");
        compare[3] = "none";
        Run(shop, compare).Code.ShouldBe(1);
    }

    [Fact]
    public void R72_a_model_that_would_not_be_promoted_is_when_told_to()
    {
        var shop = SyntheticShop.Customers(300);
        Run(shop, Train()).Code.ShouldBe(0);
        string first = new ModelRegistry(_data).CurrentVersion()!;
        string[] other = ["train", "churn", "--data", _data, "--as-of", Time(480), "--horizon-days", "45"];
        var (code, said) = Run(shop, other);
        said.ShouldContain("Not put in use");
        code.ShouldBe(2);
        new ModelRegistry(_data).CurrentVersion().ShouldBe(first);
        Run(shop, [.. other, "--promote-anyway", "--by", "ana"]).Said.ShouldContain("ana asked for it");
        new ModelRegistry(_data).CurrentVersion().ShouldNotBe(first);
    }

    [Fact]
    public void R72_a_broken_feature_is_caught_and_a_sound_one_raises_no_alarm()
    {
        var shop = SyntheticShop.Customers(300);
        Run(shop, Train()).Code.ShouldBe(0);
        string[] drift = ["drift", "churn", "--data", _data, "--as-of", Time(485)];
        var (code, said) = Run(shop, drift);
        code.ShouldBe(0, said);
        // Amounts come in cents all at once; then nobody's pieces are told any more.
        Broken(purchase => purchase with { Amount = 100 * purchase.Amount }).ShouldContain("spend_mean");
        string pieces = Broken(purchase => purchase with { Units = 0 });
        pieces.ShouldContain("units_last");
        pieces.ShouldNotContain("recency");

        string Broken(Func<Purchase, Purchase> change)
        {
            var (alarm, told) = Run(shop.ConvertAll(c => c with { Purchases = [.. c.Purchases.Select(change)] }), drift);
            alarm.ShouldBe(2, told);
            return told;
        }
    }

    [Fact]
    public void Features_are_exported_with_what_they_mean()
    {
        string file = Path.Combine(_data, "rows.csv");
        var shop = SyntheticShop.Customers(50);
        var (code, said) = Run(
            shop,
            "export-features",
            "churn",
            "--data",
            _data,
            "--cutoffs",
            $"{At(300):yyyy-MM-dd}",
            "--horizon-days",
            "60",
            "--out",
            file
        );
        code.ShouldBe(0, said);
        var lines = File.ReadAllLines(file);
        var expected = Snapshots.Stack(shop, [SyntheticShop.Day(300)], 60);
        lines.Length.ShouldBe(1 + expected.Count);
        string[] names = lines[0].Split(','),
            values = lines[1].Split(',');
        names[4..].ShouldBe(ChurnFeatures.All.Select(feature => feature.Name));
        values[2].ShouldBe(expected.Labels[0] ? "1" : "0");
        values[4 + (int)ChurnFeature.Recency]
            .ShouldBe(expected.Value(0, ChurnFeature.Recency).ToString(CultureInfo.InvariantCulture));
        values[4 + (int)ChurnFeature.VisitGap].ShouldBe("");
        File.ReadAllLines(Path.ChangeExtension(file, ".dictionary.csv")).Length.ShouldBe(1 + names.Length);
    }

    string[] Train() => ["train", "churn", "--data", _data, "--as-of", Time(480), "--horizon-days", "60"];

    static string Line(long customer, Purchase purchase) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{customer},{DateTimeOffset.FromUnixTimeSeconds(purchase.Time):O},{purchase.Amount / 10_000m}"
        );

    static DateTime At(int day) => DateTimeOffset.FromUnixTimeSeconds(SyntheticShop.Day(day)).UtcDateTime;

    static string Time(int day) => At(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static (int Code, string Said) Run(List<TrainingCustomer> history, params string[] args)
    {
        var said = new StringWriter();
        var console = AnsiConsole.Create(
            new()
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(said),
            }
        );
        console.Profile.Width = 200;
        int code = new ModelCommands(console, TimeProvider.System, (_, _) => history).Run(args);
        return (code, said.ToString());
    }
}

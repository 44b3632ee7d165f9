using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Models.Population;
using Personalization.Storage.Models;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class ValueModelTests : IDisposable
{
    readonly string _data = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void R25_one_command_fits_judges_and_puts_a_value_model_in_use()
    {
        var shop = SyntheticShop.Customers(300);
        var (code, said) = Run(
            shop,
            "train",
            "value",
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
        said.ShouldContain("purchase days are expected");
        var registry = new ValueRegistry(_data);
        string first = registry.CurrentVersion()!;
        var card = registry.Card<ValueCard>(first)!;
        card.By.ShouldBe("ana");
        card.Expected[1].ShouldBeLessThan(card.Expected[0]);
        card.Expected[2].ShouldBeGreaterThan(card.Expected[0]);
        card.Judged![0].ShouldBe(card.Judged[1], 0.25 * card.Judged[1]);
        registry.TryCurrent(out _)!.Buying.R.ShouldBe(card.Buying[0]);
        Run([], "list", "value", "--data", _data).Said.ShouldContain("in use");

        Run(shop, "train", "value", "--data", _data, "--as-of", Time(490), "--horizon-days", "60").Code.ShouldBe(0);
        registry.CurrentVersion().ShouldNotBe(first);
        Run([], "rollback", "value", "--data", _data).Said.ShouldContain(first);
        registry.CurrentVersion().ShouldBe(first);
    }

    [Fact]
    public void R25_a_shop_too_small_is_told_that_there_is_not_enough_data_yet()
    {
        var (code, said) = Run(SyntheticShop.Customers(8), "train", "value", "--data", _data, "--as-of", Time(480));
        code.ShouldBe(1);
        said.ShouldContain("Not enough data yet");
        new ValueRegistry(_data).Versions().ShouldBeEmpty();
    }

    [Fact]
    public void R25_money_at_risk_follows_the_value_model()
    {
        var model = new ValueModel("v", new(0.25, 4.4, 0.8, 2.4), new(6.25, 3.74, 15.4));
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        var loaded = ValueModel.Load(file);
        (loaded.Version, loaded.Buying, loaded.Spending).ShouldBe((model.Version, model.Buying, model.Spending));
        file.SetLength(file.Length - 3);
        file.Position = 0;
        Should.Throw<InvalidDataException>(() => ValueModel.Load(file));

        int now = SyntheticShop.Day(200);
        long little = MoneyAtRisk(100_000),
            much = MoneyAtRisk(900_000);
        much.ShouldBeGreaterThan(2 * little);

        long MoneyAtRisk(long amount)
        {
            Purchase[] purchases = [.. Enumerable.Range(0, 6).Select(i => new Purchase(SyntheticShop.Day(30 * i), amount, 1, 1))];
            var history = new ChurnHistory(purchases, [], [], purchases[0].Time);
            var assessed = ChurnModel.Untrained.Assess(history, now, model)!.Value;
            // Staying is worth at least one purchase: risk and value split what staying is worth.
            (assessed.MoneyAtRisk + assessed.ExpectedValue).ShouldBeGreaterThan(amount / 3);
            assessed.Risk.ShouldBe(ChurnModel.Untrained.Assess(history, now)!.Value.Risk);
            return assessed.MoneyAtRisk;
        }
    }

    static string Time(int day) =>
        DateTimeOffset.FromUnixTimeSeconds(SyntheticShop.Day(day)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

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

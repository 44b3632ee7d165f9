using Microsoft.Extensions.DependencyInjection;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Journal;
using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Storage;
using Personalization.Storage.Models;
using Personalization.Support;
using Shouldly;
using Spectre.Console;

namespace Personalization.Tests.MainJob;

/// <summary>The main job on real input: a shop's year is imported, recommended from, learned from, and warned about.</summary>
public sealed class MainJobTests
{
    const string Retail = "online-retail.csv.gz",
        Taobao = "taobao-userbehavior-sample.csv.gz";
    static readonly DateTimeOffset September = new(2011, 9, 10, 0, 0, 0, TimeSpan.Zero);

    [NeedsDataFact(Retail, Taobao)]
    public async Task A_year_of_a_real_shop_is_imported_recommended_from_learned_from_and_warned_about()
    {
        using var directory = new TempDirectory();
        await using (var server = await TestServer.StartAsync(directory.Path))
        {
            (await ImportAsync(server, ImportFormats.OnlineRetail, SharedData.Path(Retail))).Imported.ShouldBe(22_186);
            await TheFiguresAgreeAsync(server);
            (await ImportAsync(server, ImportFormats.OnlineRetail, SharedData.Path(Retail))).Imported.ShouldBe(0);
            await TheFiguresAgreeAsync(server);
            await RealCustomersAreRecommendedToAsync(server);
            (await ImportAsync(server, ImportFormats.Taobao, SharedData.Path(Taobao))).Imported.ShouldBe(84_475);
        }
        await TrainAsync(directory.Path);
        await TheyAreWarnedAboutAsync(directory.Path);
    }

    static async Task<ImportSummary> ImportAsync(TestServer server, string format, string file)
    {
        var importer = new Importer(
            server.Services.GetRequiredService<JournalImport>(),
            TextWriter.Null,
            false,
            TimeProvider.System
        );
        return await importer.RunAsync(
            new ImportRequest
            {
                Format = format,
                Files = [file],
                Data = server.Data,
            }
        );
    }

    /// <summary>Figures of the file itself, see its README; revenue before cancellations.</summary>
    static async Task TheFiguresAgreeAsync(TestServer server)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
        totals.GetProperty("buyers").GetInt32().ShouldBe(4_338);
        totals.GetProperty("orders").GetInt32().ShouldBe(18_532);
        totals.GetProperty("revenue").GetDecimal().ShouldBe(8_911_407.904m);
        totals.GetProperty("cancellations").GetInt32().ShouldBe(3_654);
        totals.GetProperty("cancelled").GetDecimal().ShouldBe(611_342.09m);
    }

    static async Task RealCustomersAreRecommendedToAsync(TestServer server)
    {
        await server.ReadyAsync();
        foreach (var customer in new[] { "17850", "13047", "12583", "14911" })
        {
            var answer = (await server.GetAsync($"/v1/recommendations?userId={customer}&limit=10")).Body;
            var items = answer.GetProperty("items").EnumerateArray().ToList();
            items.Count.ShouldBe(10);
            items.Select(item => item.GetProperty("productId").GetString()).Distinct().Count().ShouldBe(10);
            items.ShouldAllBe(item => item.GetProperty("reason").GetProperty("text").GetString()!.Length > 0);
        }
    }

    static async Task TrainAsync(string data)
    {
        await using var store = await Stores.OpenAsync(new StoreOptions { DataDirectory = data }, TimeProvider.System);
        var histories = await RecordedHistories.ReadAsync(store);
        var said = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(said) });
        new ModelCommands(console, TimeProvider.System, (_, _) => histories)
            .Run(["train", "churn", "--data", data, "--as-of", "2011-09-10", "--by", "test"])
            .ShouldBe(0, said.ToString());
        new ModelRegistry(data).CurrentVersion().ShouldNotBeNull();
    }

    static async Task TheyAreWarnedAboutAsync(string data)
    {
        var before = Directory
            .GetFiles(data, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("-shm") && !file.EndsWith("-wal"))
            .ToDictionary(file => file, file => new FileInfo(file).Length);
        await using (var then = await TestServer.StartAsync(data, asOf: September))
        {
            await then.ReadyAsync();
            var position = await then.Services.GetRequiredService<IStore>().LastPositionAsync();
            var warnings = (await then.GetAsync($"/v1/warnings?status=open&limit=100&minPosition={position}"))
                .Body.GetProperty("warnings")
                .EnumerateArray()
                .ToList();
            warnings.Count.ShouldBe(100);
            warnings.Select(w => w.GetProperty("moneyAtRisk").GetDecimal()).ShouldBeInOrder(SortDirection.Descending);
            warnings.ShouldAllBe(w =>
                w.GetProperty("reasons").GetArrayLength() > 0
                && w.GetProperty("raisedAt").GetDateTimeOffset() <= September.AddDays(1)
            );
            var run = (await then.GetAsync("/v1/playbooks/churn-warning/dry-run?limit=20")).Body;
            run.GetProperty("wouldSend").GetInt32().ShouldBe(0);
            foreach (var message in run.GetProperty("messages").EnumerateArray())
            {
                message
                    .GetProperty("withheld")
                    .EnumerateArray()
                    .Select(why => why.GetString())
                    .ShouldBeSubsetOf(["no-address", "no-consent", "no-longer-applies", "from-import"]);
                message.GetProperty("text").GetString()!.Length.ShouldBeGreaterThan(50);
            }
            run.GetProperty("messages").GetArrayLength().ShouldBe(20);
        }
        Directory
            .GetFiles(data, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("-shm") && !file.EndsWith("-wal"))
            .ToDictionary(file => file, file => new FileInfo(file).Length)
            .ShouldBe(before, "looking at the past changes nothing");
    }
}

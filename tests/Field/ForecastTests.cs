using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Journal;
using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Storage.Models;
using Personalization.Support;
using Shouldly;
using Spectre.Console;

namespace Personalization.Tests.Field;

/// <summary>A shop where nearly nobody comes back: what the forecast cannot say it leaves out.</summary>
public sealed class ForecastTests
{
    const int Horizon = 90;

    [FieldFact("31-forecast-dates")]
    public async Task A_next_purchase_has_dates_in_their_order_and_within_a_lifetime_or_none()
    {
        await using var server = await TestServer.StartAsync();
        var ids = await ImportAsync(server, new FieldCase("31-forecast-dates").File("buyers.csv"));
        Train(server);
        await InUseAsync(server, ids[0]);

        var end = DateTimeOffset.UtcNow.AddYears(80);
        foreach (var id in ids)
        {
            var forecast = await ForecastAsync(server, id);
            foreach (var number in (string[])["active", "purchases", "value"])
                double.IsFinite(forecast.GetProperty(number).GetDouble()).ShouldBeTrue($"{number} of {id}");
            var dates = DatesOf(forecast);
            dates.ShouldBeInOrder(SortDirection.Ascending, id);
            dates.ShouldAllBe(date => date < end, id);
        }
    }

    static async Task<string[]> ImportAsync(TestServer server, string file)
    {
        var summary = await new Importer(
            server.Services.GetRequiredService<JournalImport>(),
            TextWriter.Null,
            false,
            TimeProvider.System
        ).RunAsync(
            new ImportRequest
            {
                Format = ImportFormats.Csv,
                Files = [file],
                Data = server.Data,
                Csv = CsvMapping.Parse("customer=customer,time=time,amount=amount", null, null, null, false, false),
            }
        );
        summary.Rejected.ShouldBe(0);
        return [.. File.ReadLines(file).Skip(1).Select(line => line.Split(',')[0]).Distinct()];
    }

    static void Train(TestServer server)
    {
        var store = server.Services.GetRequiredService<IStore>();
        var said = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(said) });
        new ModelCommands(console, TimeProvider.System, (_, _) => RecordedHistories.ReadAsync(store).GetAwaiter().GetResult())
            .Run(["train", "value", "--data", server.Data, "--horizon-days", $"{Horizon}", "--as-of", "2026-03-01"])
            .ShouldBe(0, said.ToString());
        new ValueRegistry(server.Data).CurrentVersion().ShouldNotBeNull();
    }

    static async Task InUseAsync(TestServer server, string id)
    {
        for (var tries = 0; (await ForecastAsync(server, id)).ValueKind == JsonValueKind.Null && tries < 500; tries++)
            await Task.Delay(20);
    }

    static async Task<JsonElement> ForecastAsync(TestServer server, string id) =>
        (await server.GetAsync($"/v1/customers/{id}")).Body.GetProperty("churn").GetProperty("forecast");

    static DateTimeOffset[] DatesOf(JsonElement forecast) =>
        forecast.TryGetProperty("nextPurchase", out var next) && next.ValueKind == JsonValueKind.Object
            ?
            [
                .. ((string[])["earliest", "expected", "latest"])
                    .Where(name => next.TryGetProperty(name, out var date) && date.ValueKind == JsonValueKind.String)
                    .Select(name => next.GetProperty(name).GetDateTimeOffset()),
            ]
            : [];
}

using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>Files as shops have them: in another charset, with other dates, with a row per item, mended and sent again.</summary>
public sealed class ImportedFileTests(ImportedFileTests.Shop shop) : IClassFixture<ImportedFileTests.Shop>
{
    public sealed class Shop : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    readonly StringWriter _said = new();

    Task<ImportSummary> ImportAsync(string file, string? map = null, string format = ImportFormats.Csv) =>
        new Importer(shop.Server.Services.GetRequiredService<JournalImport>(), _said, false, TimeProvider.System).RunAsync(
            new ImportRequest
            {
                Format = format,
                Files = [file],
                Data = shop.Server.Data,
                Csv = map is null ? null : CsvMapping.Parse(map, null, null, null, false, false),
            },
            new ImportedCalls(new Personalization.Shop.ShopClock(TimeProvider.System)).Read
        );

    async Task<JsonElement> CustomerAsync(string id) =>
        (await shop.Server.GetAsync("/v1/customers/" + Uri.EscapeDataString(id))).Body;

    async Task<(int Orders, decimal Revenue)> OrdersAsync(string id)
    {
        var customer = await CustomerAsync(id);
        return (customer.GetProperty("orders").GetInt32(), customer.GetProperty("revenue").GetDecimal());
    }

    [FieldFact("08-decimal-quantity")]
    public async Task Goods_by_weight_are_worth_what_they_weigh()
    {
        var summary = await ImportAsync(
            new FieldCase("08-decimal-quantity").File("orders.csv"),
            "customer=customer,time=time,order=order,product=sku,quantity=qty,price=price"
        );
        summary.Rejected.ShouldBe(0);
        (await OrdersAsync("kg-2")).ShouldBe((1, 9.18m));
    }

    [FieldTheory("25-one-row-per-item")]
    [InlineData("amount=Total")]
    [InlineData("total=Total")]
    public async Task An_orders_total_counts_once_wherever_it_stands(string total)
    {
        await ImportAsync(
            new FieldCase("25-one-row-per-item").File("orders.csv"),
            "customer=Email,email=Email,time=Created at,order=Name,product=Lineitem sku,title=Lineitem name,"
                + $"quantity=Lineitem quantity,price=Lineitem price,{total},currency=Currency"
        );
        (await OrdersAsync("sofia@example.test")).ShouldBe((1, 46.80m));
        (await OrdersAsync("max@example.test")).ShouldBe((1, 12.50m));
    }

    [FieldFact("27-repaired-file")]
    public async Task A_later_files_word_on_an_order_replaces_the_earlier()
    {
        const string map = "customer=customer,time=time,order=order,product=sku,title=name,quantity=qty,price=price";
        var files = new FieldCase("27-repaired-file");
        await ImportAsync(files.File("broken.csv"), map);
        _said.ToString().ShouldContain("first in line 3");
        (await OrdersAsync("pia")).ShouldBe((1, 10m));

        (await ImportAsync(files.File("repaired.csv"), map)).Imported.ShouldBe(1);
        (await OrdersAsync("pia")).ShouldBe((1, 100m));
        (await ImportAsync(files.File("repaired.csv"), map)).Imported.ShouldBe(0);
        (await OrdersAsync("pia")).ShouldBe((1, 100m));
        (await OrdersAsync("quin")).ShouldBe((1, 6m));
    }

    [FieldTheory("29-another-charset")]
    [InlineData("orders-cp1252.csv", "windows-1252")]
    [InlineData("orders-utf16.csv", "utf-16")]
    public async Task A_file_is_read_in_its_own_charset_and_that_is_told(string file, string charset)
    {
        await ImportAsync(
            new FieldCase("29-another-charset").File(file),
            "customer=customer,time=time,order=order,product=sku,title=title,price=price"
        );
        _said.ToString().ShouldContain($"{file} was read as {charset}");
        (await OrdersAsync("Müller")).ShouldBe((1, 10m));
        (await OrdersAsync("Möller")).ShouldBe((1, 20m));
    }

    [FieldFact("30-dates-of-another-country")]
    public async Task A_13_tells_that_the_month_comes_first()
    {
        var file = new FieldCase("30-dates-of-another-country").File("invoices.csv");
        (await ImportAsync(file, format: ImportFormats.OnlineRetail)).HasFailed.ShouldBeFalse();
        var customer = await CustomerAsync("97850");
        customer.GetProperty("orders").GetInt32().ShouldBe(1);
        customer.GetProperty("revenue").GetDecimal().ShouldBe(35.64m);
        customer.GetProperty("lastOrder").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2010, 12, 1, 8, 26, 0, TimeSpan.Zero));
    }

    [FieldFact("41-archive-dated-today")]
    public async Task An_archive_keeps_its_times()
    {
        await ImportAsync(new FieldCase("41-archive-dated-today").File("archive.ndjson"), format: ImportFormats.Segment);
        foreach (var (name, month) in new[] { ("r1", 1), ("r2", 2), ("r3", 3) })
            (await CustomerAsync(name))
                .GetProperty("lastOrder")
                .GetDateTimeOffset()
                .ShouldBe(new DateTimeOffset(2025, month, 1, 10, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(5));
    }
}

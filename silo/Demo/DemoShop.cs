using System.Globalization;
using System.Text;
using Personalization.Catalogue;
using Personalization.Commands;
using Personalization.Customers;
using Personalization.Demo.Shop;
using Personalization.Hosting;
using Personalization.Import;
using Personalization.Journal;
using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Shop;
using Personalization.Waking;

namespace Personalization.Demo;

/// <summary>The demo: a simulated shop is made once, its history imported and its models trained; then it is served with live traffic.</summary>
public static class DemoShop
{
    const string Setting = "demo.shop";
    const string Begun = "demo.begun";
    const string WriteKey = "demo-write",
        SecretKey = "demo-secret";
    const string SigningSecret = "demo-signing-secret-known-to-everybody";
    const int HistoryDays = 183;
    const double EventsPerSecond = 3;

    public static async Task<int> RunAsync(ServerOptions options, int seed, int customers, CancellationToken cancel)
    {
        if (options.AsOf is not null)
            throw new ArgumentException(
                "--as-of and demo do not go together: serve the demo's data directory with --as-of instead."
            );
        if (customers < 1)
            throw new ArgumentException("--customers must be at least 1.");
        await using var app = await Server.OpenAsync(
            options with
            {
                Keys = (WriteKey, SecretKey),
                SigningSecret = SigningSecret,
                // Only a database named on the command line: simulated customers have no place in one that the environment names.
                // And the keys that everybody knows, whatever keys the environment holds for another shop.
                Settings = new Dictionary<string, string?>(ServerOptions.NoDatabase)
                {
                    ["PERSONALIZATION_WRITE_KEY"] = null,
                    ["PERSONALIZATION_SECRET_KEY"] = null,
                    ["Shop:Url"] = StorefrontOf(options),
                },
            },
            cancel
        );
        var store = app.Services.GetRequiredService<IStore>();
        var time = app.Services.GetRequiredService<ShopClock>();
        var before = await MadeBeforeAsync(store);
        if (before is null && await store.ReadSettingAsync(Begun, cancel) is null && await store.LastPositionAsync(cancel) > 0)
            throw new ArgumentException(
                $"{(options.Database is null ? options.Data : "The database")} holds a shop that is not a demo; give demo a directory of its own."
            );
        var shop = before ?? await MakeAsync(app.Services, options, seed, customers, time, cancel);
        var catalogue = app.Services.GetRequiredService<ProductCatalogue>();
        // A demo that an earlier version made has no pages of its products, and pictures within their addresses.
        var old = shop.Catalogue.Where(product =>
            catalogue.TryNumber(product.Id, out var number) && catalogue[number] is { Url: null }
        );
        await app.Services.GetRequiredService<CatalogueService>().UpsertAsync([.. old.Select(RowOf)], cancel);
        using var pages = new ShopPages(catalogue, shop.Catalogue, WriteKey, SecretKey, () => app.Urls.First());
        pages.Map(app);
        await Server.StartAsync(app, cancel);
        // Whose visits ended while the shop was made, or while nobody served it: warnings are there when it is said to be ready.
        await app.Services.GetRequiredService<WakerService>().CaughtUp.WaitAsync(cancel);
        Tell(app.Urls.First());
        using var traffic = new LiveTraffic(
            shop.Live(EventsPerSecond),
            app.Services.GetRequiredService<JournalImport>(),
            time,
            app.Logger
        );
        await traffic.StartAsync(cancel);
        await app.WaitForShutdownAsync(cancel);
        await traffic.StopAsync(CancellationToken.None);
        return 0;
    }

    /// <summary>Where the demo's own shop is, for messages, unless the settings name another.</summary>
    static string StorefrontOf(ServerOptions options)
    {
        var settings = Server.Settings(options);
        var server = settings["Shop:PublicUrl"] ?? ShopConfiguration.FirstUrl(options.Urls ?? ServerOptions.DefaultUrls);
        return settings["Shop:Url"] ?? $"{server.TrimEnd('/')}/shop/";
    }

    static void Tell(string url) =>
        Console.WriteLine(
            $"""

            The demo shop is open at {url}/shop; its API is described at {url}/docs. Stop with Ctrl+C.
            Keys: demo-write tracks, demo-secret reads, {SigningSecret} signs user tokens. For instance:

              curl -H 'Authorization: Bearer demo-secret' '{url}/v1/recommendations?userId=c-00007&limit=5'
              curl -H 'Authorization: Bearer demo-secret' '{url}/v1/warnings?limit=5'
              curl -H 'Authorization: Bearer demo-secret' '{url}/v1/playbooks/churn-warning/dry-run?limit=5'

            """
        );

    static async Task<SimulatedShop?> MadeBeforeAsync(ISettings settings)
    {
        if (await settings.ReadSettingAsync(Setting) is not { } made)
            return null;
        var parts = Encoding.ASCII.GetString(made).Split('|');
        return new SimulatedShop(
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            DateTimeOffset.Parse(parts[1], CultureInfo.InvariantCulture),
            DateTimeOffset.Parse(parts[2], CultureInfo.InvariantCulture),
            int.Parse(parts[3], CultureInfo.InvariantCulture)
        );
    }

    static async Task<SimulatedShop> MakeAsync(
        IServiceProvider services,
        ServerOptions options,
        int seed,
        int customers,
        ShopClock time,
        CancellationToken cancel
    )
    {
        var store = services.GetRequiredService<IStore>();
        await store.SaveSettingAsync(Begun, [1], cancel);
        var end = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var start = end.AddDays(-HistoryDays);
        var shop = new SimulatedShop(seed, start, end, customers);
        Console.WriteLine("Making the demo shop: half a year of history…");
        await services.GetRequiredService<CatalogueService>().UpsertAsync([.. shop.Catalogue.Select(RowOf)], cancel);
        var import = JournalImport.Alone(
            store,
            services.GetRequiredService<CatalogueService>(),
            services.GetRequiredService<CurrentShop>(),
            time
        );
        // The demo's customers lived their past: their carts and silences are occasions like any other.
        long events = 0;
        foreach (var chunk in shop.History().Chunk(Importer.ChunkSize))
            events += (await import.WriteAsync(chunk, imported: false, cancel)).Imported;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{events:N0} events of {customers:N0} customers. Training the churn model…"
            )
        );
        Train(store, options, time);
        services.GetRequiredService<ModelWatcher>().Load();
        var made = string.Create(CultureInfo.InvariantCulture, $"{seed}|{start:O}|{end:O}|{customers}");
        await store.SaveSettingAsync(Setting, Encoding.ASCII.GetBytes(made), cancel);
        return shop;
    }

    static void Train(IJournal store, ServerOptions options, ShopClock time)
    {
        var commands = new ModelCommands(Terminal.Create(), time, (_, _) =>
            RecordedHistories.ReadAsync(store).GetAwaiter().GetResult()
        );
        commands.Run(["train", "churn", "--data", options.Data, "--by", "demo", "--horizon-days", "45"]);
    }

    static (string, ProductPatch) RowOf(ShopProduct product) =>
        (
            product.Id,
            new ProductPatch
            {
                Title = product.Title,
                Brand = product.Brand,
                Category = CategoryPath.Parse(product.Category),
                Price = product.Price / 10_000m,
                Stock = product.Stock,
                Was = product.Was / 10_000m,
                Rating = product.Rating,
                Reviews = product.Reviews,
                Margin = product.Price == 0 ? null : Math.Clamp((product.Price - product.Cost) / (decimal)product.Price, 0, 1),
                Created = DateTimeOffset.FromUnixTimeMilliseconds(product.Since),
                Url = ShopPages.AddressOf(product.Id),
                ImageUrl = ShopPages.PictureOf(product.Id),
            }
        );
}

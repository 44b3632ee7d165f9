using Personalization.Catalogue;
using Personalization.Commands;
using Personalization.Demo;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Import;
using Personalization.Journal;
using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Projections;
using Personalization.ReadModels;
using Spectre.Console;

namespace Personalization.Benchmarks;

/// <summary>
/// A shop with a history: RetailRocket's sessions, each a real customer, brought in through the importer, and a churn model
/// trained on Online Retail. Where those files are absent, the simulated shop. Made once; every benchmark works on a copy.
/// </summary>
sealed class PreparedShop(string? kept) : IDisposable
{
    public const string WriteKey = "wk_benchmark",
        SecretKey = "sk_benchmark";
    const int SimulatedCustomers = 20_000;

    readonly string _root = kept is null
        ? Directory.CreateTempSubdirectory("personalization-benchmarks").FullName
        : Path.GetFullPath(kept);
    int _copies;

    /// <summary>Rows per second of the imports made on the way here, by format.</summary>
    public Dictionary<string, ImportSummary> Imports { get; } = [];

    public string Scratch =>
        Directory.CreateDirectory(Path.Combine(_root, $"scratch-{Interlocked.Increment(ref _copies)}")).FullName;

    /// <summary>A data directory of its own with the shop in it.</summary>
    public async Task<string> CopyAsync()
    {
        var made = await MadeAsync();
        var copy = Path.Combine(_root, $"copy-{Interlocked.Increment(ref _copies)}");
        CopyTree(made, copy);
        return copy;
    }

    public async Task<string> MadeAsync()
    {
        var made = Path.Combine(_root, "shop");
        if (File.Exists(made + ".done"))
            return made;
        Delete(made);
        if (SharedData.Find("retailrocket-train.tsv.gz") is { } sessions)
        {
            await ImportAsync(made, ImportFormats.RetailRocket, sessions);
            TrainOnOnlineRetail(made);
        }
        else
        {
            Figures.Note($"shared/data is not here: the simulated shop of {SimulatedCustomers} customers is used instead");
            await SimulateAsync(made);
        }
        await SettleAsync(made);
        await File.WriteAllTextAsync(made + ".done", "");
        return made;
    }

    /// <summary>Gives every product price and stock, as a catalogue's feed does, and lets the followers catch up.</summary>
    static async Task SettleAsync(string data)
    {
        var (app, _) = await ServeAsync(data);
        var catalogue = app.Services.GetRequiredService<CatalogueService>();
        var products = Enumerable
            .Range(1, catalogue.Products.Count)
            .Select(number => catalogue.Products[number])
            .OfType<Product>();
        foreach (var some in products.Chunk(5_000))
            await catalogue.UpsertAsync([
                .. some.Select(p => (p.Id, new ProductPatch { Price = 1 + p.Number % 600, Stock = p.Number % 10 })),
            ]);
        var position = await app.Services.GetRequiredService<IStore>().LastPositionAsync();
        while (await app.Services.GetRequiredService<ReadModelPosition>().WaitAsync(position, default) is not null) { }
        await PreparedShop.StopAsync(app);
    }

    public async Task ImportAsync(string data, string format, string file)
    {
        var open = await OpenAsync(data);
        await using var store = open.Store;
        var importer = new Importer(
            JournalImport.Alone(store, open.Catalogue, open.Shop, open.Clock),
            TextWriter.Null,
            false,
            TimeProvider.System
        );
        Imports[format] = await importer.RunAsync(
            new ImportRequest
            {
                Format = format,
                Files = [file],
                Data = data,
            }
        );
    }

    static Task<OpenShop> OpenAsync(string data)
    {
        var options = new ServerOptions { Data = data };
        return OpenShop.OpenAsync(options, Server.Settings(options), default);
    }

    static void TrainOnOnlineRetail(string data)
    {
        if (SharedData.Find("online-retail.csv.gz") is not { } orders)
            return;
        new ModelCommands(Quiet(), TimeProvider.System).Run([
            "train",
            "churn",
            "--data",
            data,
            "--file",
            orders,
            "--format",
            "online-retail",
            "--as-of",
            "2011-12-10",
            "--by",
            "benchmarks",
        ]);
    }

    static async Task SimulateAsync(string data)
    {
        var open = await OpenAsync(data);
        await using var store = open.Store;
        var end = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
        var import = JournalImport.Alone(store, open.Catalogue, open.Shop, open.Clock);
        foreach (
            var chunk in new SimulatedShop(1, end.AddDays(-183), end, SimulatedCustomers).History().Chunk(Importer.ChunkSize)
        )
            await import.WriteAsync(chunk, CancellationToken.None);
        new ModelCommands(Quiet(), TimeProvider.System, (_, _) =>
            RecordedHistories.ReadAsync(store).GetAwaiter().GetResult()
        ).Run(["train", "churn", "--data", data, "--by", "benchmarks", "--horizon-days", "45"]);
    }

    static IAnsiConsole Quiet() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });

    /// <summary>Serves a data directory on loopback, as the executable does.</summary>
    public static Task<(WebApplication App, int Port)> ServeAsync(string data) => ServeAsync(new ServerOptions { Data = data });

    public static async Task<(WebApplication App, int Port)> ServeAsync(ServerOptions options)
    {
        var app = await Server.OpenAsync(options with { Urls = "http://127.0.0.1:0" });
        await app.StartAsync();
        await app.Services.GetRequiredService<IndexService>().CaughtUp;
        return (app, new Uri(app.Urls.First()).Port);
    }

    /// <summary>An orderly stop; what the server had open is closed with its container.</summary>
    public static async Task StopAsync(WebApplication app)
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>Names of customers, spread over the whole history.</summary>
    public static async Task<List<BoundName>> NamesAsync(IStore store)
    {
        var names = new List<BoundName>();
        while (true)
        {
            var page = await store.ReadNamesAsync(names.Count == 0 ? 0 : names[^1].Number, 10_000);
            names.AddRange(page);
            if (page.Count < 10_000)
                return names;
        }
    }

    static void CopyTree(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal), true);
        File.Copy(from + ".master.key", to + ".master.key", true);
    }

    /// <summary>Removes a copy that is no longer needed.</summary>
    public static void Delete(string data)
    {
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
        File.Delete(data + ".master.key");
    }

    public void Dispose()
    {
        if (kept is null)
            Directory.Delete(_root, recursive: true);
        else
            foreach (
                var copy in Directory
                    .GetDirectories(_root)
                    .Where(d =>
                        !Path.GetFileName(d).StartsWith("shop", StringComparison.Ordinal)
                        && !Path.GetFileName(d).StartsWith("million", StringComparison.Ordinal)
                    )
            )
                Delete(copy);
    }
}

/// <summary>Real data beside the checkout, where there is any.</summary>
static class SharedData
{
    /// <summary>The file's path, or null where the folder is absent.</summary>
    public static string? Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "data", file) is var path && File.Exists(path))
                return path;
        return null;
    }
}

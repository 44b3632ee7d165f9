using System.Data.Common;
using System.Security.Cryptography;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Projections;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>The parts of a shop that are opened before anything is served, in the order in which they need each other.</summary>
public sealed record OpenShop(
    IStore Store,
    ShopClock Clock,
    ServerSettings Settings,
    ApiKeys Keys,
    CatalogueService Catalogue,
    CurrentShop Shop,
    byte[] Secret,
    string Files,
    ScratchCopy Scratch
) : IAsyncDisposable
{
    /// <summary>Orleans' tables, where the shop is served.</summary>
    public DbDataSource? Tables { get; set; }

    /// <exception cref="StoreUnavailableException">The data cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static async Task<OpenShop> OpenAsync(ServerOptions options, IConfiguration configuration, CancellationToken cancel)
    {
        var settings = ServerSettings.Read(configuration, options.UrlsIn(configuration));
        var clock = options.AsOf is { } asOf ? ShopClock.StartingAt(asOf) : new ShopClock(options.Time ?? TimeProvider.System);
        if (options.Database is null && settings.Cluster.ForClusterOnly is { } name)
            throw new ArgumentException($"Cluster:{name} needs --database: without one a server is on its own.");
        var scratch = options.AsOf is null ? new ScratchCopy(Folder: null) : ScratchCopy.New();
        var files = scratch.Folder ?? options.Data;
        IStore? store = null;
        try
        {
            store = options.AsOf is null
                ? await Stores.OpenAsync(StoreOf(options, settings), clock, cancel)
                : await ScratchCopy.OpenAsync(StoreOf(options, settings), options.AsOf.Value, files, clock, cancel);
            Directory.CreateDirectory(files);
            var keys = await ApiKeys.OpenAsync(
                store,
                configuration["PERSONALIZATION_WRITE_KEY"] ?? options.Keys?.Write,
                configuration["PERSONALIZATION_SECRET_KEY"] ?? options.Keys?.Secret,
                PrintKey
            );
            var products = new ProductCatalogue();
            var catalogue = new CatalogueService(store, products, isShared: options.IsClustered);
            await catalogue.CatchUpAsync(cancel);
            using var logging = LoggerFactory.Create(log => log.AddConsole());
            var index = IndexImage.Open(ImageIn(files), new ItemIndexOptions(), products, logging.CreateLogger<IndexImage>());
            var context = new ShopContext
            {
                Shop = settings.Shop.Settings,
                Catalogue = products,
                Index = index,
                Outreach = settings.Outreach,
                Rules = settings.Recommendations.In(products),
                AlmostBuyers = settings.Warnings.AlmostBuyers,
            };
            var secret = await SecretAsync(store);
            return new OpenShop(store, clock, settings, keys, catalogue, new CurrentShop(context), secret, files, scratch);
        }
        catch
        {
            if (store is not null)
                await store.DisposeAsync();
            scratch.Drop();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Tables is not null)
                await Tables.DisposeAsync();
            await Store.DisposeAsync();
        }
        finally
        {
            Scratch.Drop();
        }
    }

    /// <summary>Where the item index is kept between runs.</summary>
    public string IndexImagePath => ImageIn(Files);

    static string ImageIn(string files) => Path.Combine(files, "index.image");

    static StoreOptions StoreOf(ServerOptions options, ServerSettings settings) =>
        new()
        {
            DataDirectory = options.Data,
            ConnectionString = options.Database,
            MasterKeyPath = settings.Store.MasterKeyFile,
            CommandTimeout = settings.Store.CommandTimeout,
        };

    static void PrintKey(string name, string key) =>
        Console.WriteLine(
            $"{name} key: {key}   (shown this once; set PERSONALIZATION_{name.ToUpperInvariant()}_KEY to choose your own)"
        );

    /// <summary>Signs recommendation ids and unsubscribe addresses: one for the shop, made at the first start.</summary>
    static async Task<byte[]> SecretAsync(ISettings settings)
    {
        const string name = "secret.signing";
        if (await settings.ReadSettingAsync(name) is { } known)
            return known;
        await settings.SaveSettingAsync(name, RandomNumberGenerator.GetBytes(32));
        return (await settings.ReadSettingAsync(name))!;
    }
}

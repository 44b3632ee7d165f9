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
using Personalization.Storage.Files;

namespace Personalization.Hosting;

/// <summary>The parts of a shop that are opened before anything is served, in the order in which they need each other.</summary>
public sealed record OpenShop(
    IStore Store,
    ShopClock Clock,
    ServerSettings Settings,
    ApiKeys Keys,
    SigningSecret Signing,
    CatalogueService Catalogue,
    CurrentShop Shop,
    TokenSecrets Secrets,
    byte[] AddressSecret,
    string Files,
    ScratchCopy Scratch
) : IAsyncDisposable
{
    /// <summary>Orleans' tables, where the shop is served.</summary>
    public DbDataSource? Tables { get; set; }

    /// <summary>Those that keep addresses, which must lose nothing: the same ones on PostgreSQL, a file of their own on SQLite.</summary>
    public DbDataSource? Addresses { get; set; }

    /// <exception cref="StoreUnavailableException">The data cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static async Task<OpenShop> OpenAsync(ServerOptions options, IConfiguration configuration, CancellationToken cancel)
    {
        var settings = ServerSettings.Read(configuration, options.UrlsIn(configuration));
        var clock = options.AsOf is { } asOf ? ShopClock.StartingAt(asOf) : new ShopClock(options.Time ?? TimeProvider.System);
        if (options.Database is null && settings.Cluster.ForClusterOnly is { } name)
            throw new ArgumentException($"Cluster:{name} needs --database: without one a server is on its own.");
        var (write, secret) = (Chosen("PERSONALIZATION_WRITE_KEY"), Chosen("PERSONALIZATION_SECRET_KEY"));
        ScratchCopy.Sweep(DateTimeOffset.UtcNow);
        PrivateFiles.Close(options.Data, Written);
        PrivateFiles.Close(StoreOf(options, settings).MasterKeyFile);
        var scratch = options.AsOf is null ? new ScratchCopy(Folder: null) : ScratchCopy.New();
        var files = scratch.Folder ?? options.Data;
        IStore? store = null;
        try
        {
            store = options.AsOf is null
                ? await Stores.OpenAsync(StoreOf(options, settings), clock, cancel)
                : await ScratchCopy.OpenAsync(StoreOf(options, settings), options.AsOf.Value, files, clock, cancel);
            PrivateFiles.MakeDirectory(files);
            var keys = await ApiKeys.OpenAsync(store, write ?? options.Keys?.Write, secret ?? options.Keys?.Secret, (name, key) =>
                Show($"{name} key", key, $"PERSONALIZATION_{name.ToUpperInvariant()}_KEY", files)
            );
            var signing = await SigningSecret.OpenAsync(
                store,
                configuration[SigningSecret.Variable] ?? options.SigningSecret,
                text => Show("signing secret", text, SigningSecret.Variable, files)
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
                AttributionWindow = (long)settings.Recommendations.AttributionWindow.TotalMilliseconds,
                AlmostBuyers = settings.Warnings.AlmostBuyers,
            };
            var secrets = await TokenSecrets.OpenAsync(store, clock, options.IsClustered, cancel);
            return new OpenShop(
                store,
                clock,
                settings,
                keys,
                signing,
                catalogue,
                new CurrentShop(context),
                secrets,
                await AddressSecretAsync(store, cancel),
                files,
                scratch
            );
        }
        catch
        {
            if (store is not null)
                await store.DisposeAsync();
            scratch.Drop();
            throw;
        }

        string? Chosen(string setting) => ApiKeys.Chosen(setting, configuration[setting]);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Tables is not null)
                await Tables.DisposeAsync();
            if (Addresses is not null && Addresses != Tables)
                await Addresses.DisposeAsync();
            await Store.DisposeAsync();
        }
        finally
        {
            Scratch.Drop();
        }
    }

    /// <summary>Below the data directory: the shop's own templates and languages, and the keys made at the first start.</summary>
    public const string Templates = "templates",
        Languages = "languages",
        NewKeys = "new-keys.txt";

    /// <summary>What this program writes into the data directory.</summary>
    static readonly string[] Written =
    [
        "*.db",
        "*.db-*",
        "index.image*",
        "lock",
        "import",
        "imports",
        "serving.json",
        "models",
        "pickup",
        "rejects",
        NewKeys,
    ];

    /// <summary>Where the item index is kept between runs.</summary>
    public string IndexImagePath => ImageIn(Files);

    static string ImageIn(string files) => Path.Combine(files, "index.image");

    static StoreOptions StoreOf(ServerOptions options, ServerSettings settings) =>
        new()
        {
            DataDirectory = options.Data,
            ConnectionString = options.Database,
            MasterKeyPath = settings.Store.MasterKeyFile,
            AcceptLostKeys = settings.Store.AcceptLostKeys,
            CommandTimeout = settings.Store.CommandTimeout,
        };

    /// <summary>A terminal forgets a key; output that goes elsewhere is kept, by those who collect logs.</summary>
    static void Show(string name, string key, string variable, string files)
    {
        var choose = $"set {variable} to choose your own";
        if (!Console.IsOutputRedirected)
        {
            Console.WriteLine($"{name}: {key}   (shown this once; {choose})");
            return;
        }
        var path = Path.GetFullPath(Path.Combine(files, NewKeys));
        using (var file = new StreamWriter(PrivateFiles.Open(path, FileMode.Append)))
            file.WriteLine($"{name}: {key}");
        Console.WriteLine($"A {name} was made and is in {path}: take it from there and delete the file, or {choose}.");
    }

    /// <summary>Makes the names under which addresses are kept, and so must never change; wrapped by the master key.</summary>
    static ValueTask<byte[]> AddressSecretAsync(ISettings settings, CancellationToken cancel) =>
        settings.ReadOrAddSecretAsync("secret.addresses", RandomNumberGenerator.GetBytes(32), cancel);
}

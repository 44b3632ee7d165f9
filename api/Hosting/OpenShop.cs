using System.Security.Cryptography;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Following;
using Personalization.Keys;
using Personalization.Outreach;
using Personalization.Recommendations;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>The parts of a shop that are opened before anything is served, in the order in which they need each other.</summary>
public sealed record OpenShop(
    IStore Store,
    TimeProvider Time,
    ApiKeys Keys,
    CatalogueService Catalogue,
    ShopWorld World,
    byte[] Secret,
    string Files
)
{
    public static async Task<OpenShop> OpenAsync(
        ServerOptions options,
        ShopConfiguration shop,
        OutreachPolicy outreach,
        IConfiguration configuration,
        CancellationToken cancel
    )
    {
        TimeProvider time = options.Now is { } now ? new ShiftedTime(now) : options.Time ?? TimeProvider.System;
        var files = options.Now is null ? options.Data : AsOf.NewDirectory();
        var store = options.Now is null
            ? await Stores.OpenAsync(StoreOf(options, configuration), time, cancel)
            : await AsOf.OpenAsync(StoreOf(options, configuration), options.Now.Value, files, time, cancel);
        Directory.CreateDirectory(files);
        try
        {
            var keys = await ApiKeys.OpenAsync(
                store,
                configuration["PERSONALIZATION_WRITE_KEY"] ?? options.Keys?.Write,
                configuration["PERSONALIZATION_SECRET_KEY"] ?? options.Keys?.Secret,
                PrintKey
            );
            var products = new ProductCatalogue();
            var catalogue = new CatalogueService(store, products, isShared: options.Database is not null);
            await catalogue.CatchUpAsync(cancel);
            var image = ImageIn(files);
            using var logging = LoggerFactory.Create(log => log.AddConsole());
            var index = IndexImage.Open(image, new ItemIndexOptions(), products, logging.CreateLogger<IndexImage>());
            var world = new ShopWorld(
                new World
                {
                    Shop = shop.Settings,
                    Catalogue = products,
                    Index = index,
                    Outreach = outreach,
                    Rules = RulesConfiguration.Read(configuration.GetSection("Recommendations:Rules"), products),
                    AlmostBuyers = configuration.GetSection("Warnings:AlmostBuyers").Get<Churn.AlmostBuyerPolicy>()
                        ?? Churn.AlmostBuyerPolicy.Default,
                }
            );
            return new OpenShop(store, time, keys, catalogue, world, await SecretAsync(store), files);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the item index is kept between runs.</summary>
    public string IndexImagePath => ImageIn(Files);

    static string ImageIn(string files) => Path.Combine(files, "index.image");

    static StoreOptions StoreOf(ServerOptions options, IConfiguration configuration) =>
        new()
        {
            DataDirectory = options.Data,
            ConnectionString = options.Database,
            MasterKeyPath = configuration["Store:MasterKeyFile"],
        };

    static void PrintKey(string name, string key) =>
        Console.WriteLine(
            $"{name} key: {key}   (shown this once; set PERSONALIZATION_{name.ToUpperInvariant()}_KEY to choose your own)"
        );

    /// <summary>Signs recommendation ids and unsubscribe addresses: one for the shop, made at the first start.</summary>
    static async Task<byte[]> SecretAsync(IStore store)
    {
        const string name = "secret.signing";
        if (await store.ReadSettingAsync(name) is { } known)
            return known;
        await store.SaveSettingAsync(name, RandomNumberGenerator.GetBytes(32));
        return (await store.ReadSettingAsync(name))!;
    }
}

using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Primitives;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Documents;
using Personalization.Experiments;
using Personalization.Feeds;
using Personalization.Health;
using Personalization.Identity;
using Personalization.Import;
using Personalization.Imports;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Languages;
using Personalization.Leadership;
using Personalization.Limits;
using Personalization.Mail;
using Personalization.Measures;
using Personalization.Outreach;
using Personalization.Platforms;
using Personalization.Problems;
using Personalization.Projections;
using Personalization.Quarantine;
using Personalization.ReadModels;
using Personalization.Recommendations;
using Personalization.Tracking;
using Personalization.Waking;
using Personalization.Warnings;
using Personalization.Widget;

namespace Personalization.Hosting;

/// <summary>Puts a shop together: its store, catalogue, index and models are open before the first request is answered.</summary>
public static partial class Server
{
    /// <summary>Opens everything and returns the application, not yet listening.</summary>
    /// <exception cref="StoreUnavailableException">The data cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static async Task<WebApplication> OpenAsync(ServerOptions options, CancellationToken cancel = default)
    {
        var builder = CreateBuilder(options);
        options = options with { Database = options.DatabaseIn(builder.Configuration) };
        var open = await OpenShop.OpenAsync(options, builder.Configuration, cancel);
        try
        {
            builder.AddShop(open, options);
            // Services stop in the reverse order: what saves the index is the first here.
            builder.Services.AddHostedService<ShutdownService>();
            builder.AddShutdownDelay(open.Settings.Server);
            await builder.AddSiloAsync(open, options, cancel);
            builder.AddBackgroundWork(open, options);
            builder.AddApi(open.Settings);
            builder.AddTelemetry();
            builder.AddReadiness(open.Settings.Health);
            builder.AddDashboard(open.Settings.Dashboard);
            var app = Build(builder);
            // The first that is made is the last that is disposed of.
            app.Services.GetRequiredService<OpenShop>();
            app.Services.GetRequiredService<ModelWatcher>().Load();
            await app.Services.GetRequiredService<DocumentWatcher>().CatchUpAsync(cancel);
            CheckTemplates(app.Services);
            var urls = AllowedHosts.ListenedAt(builder.Configuration, options.UrlsIn(builder.Configuration));
            app.MapApi(AllowedHosts.Of(open.Settings.Server.Hosts, open.Settings.Shop.PublicUrl, urls));
            if (open.Settings.Tracking.TrustWriteKey)
                Log.WriteKeyIsTrusted(app.Logger);
            foreach (var gap in app.Services.GetRequiredService<ShopLanguages>().Gaps)
                Log.LanguageHasGaps(app.Logger, gap);
            return app;
        }
        catch
        {
            await open.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it; where that fails, what has started stops in order.</summary>
    /// <exception cref="ArgumentException">It cannot listen as it is set to.</exception>
    public static async Task StartAsync(WebApplication app, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (Exception wrong)
        {
            await app.StopAsync(CancellationToken.None);
            // Endpoints of its own section come instead of the addresses of the command line.
            var source = app.Configuration.GetSection("Kestrel").GetChildren().Any() ? "Kestrel" : "--urls";
            if (
                wrong is InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" }
                || (source == "Kestrel" && wrong is FormatException or ArgumentException or FileNotFoundException)
            )
                throw new ArgumentException($"{source}: {wrong.Message.Split('\n')[0].TrimEnd()}", wrong);
            throw;
        }
    }

    /// <summary>The settings of files and environment, and those of the options, which override them.</summary>
    public static IConfiguration Settings(ServerOptions options) => CreateBuilder(options).Configuration;

    static WebApplicationBuilder CreateBuilder(ServerOptions options)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                ContentRootPath = Directory.GetCurrentDirectory(),
                // Settings are read once; a watch on the folder would wake with every file that is written in it.
                Args = ["--hostBuilder:reloadConfigOnChange=false"],
            }
        );
        builder.Configuration.AddInMemoryCollection(options.Settings);
        builder.WebHost.UseUrls(options.UrlsIn(builder.Configuration));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // A line for every call that is refused.
        builder.Logging.AddFilter(typeof(ApiKeyAuthentication).FullName, LogLevel.Warning);
        // It logs nothing that is not logged here better, and while it may, every request carries an activity for it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
        return builder;
    }

    /// <exception cref="ArgumentException">A setting of the framework's own makes no sense.</exception>
    static WebApplication Build(WebApplicationBuilder builder)
    {
        try
        {
            return builder.Build();
        }
        catch (InvalidOperationException wrong)
        {
            throw new ArgumentException($"Logging or another section of the framework: {wrong.Message}", wrong);
        }
    }

    static void AddShop(this WebApplicationBuilder builder, OpenShop open, ServerOptions options)
    {
        var services = builder.Services;
        services.AddSingleton(_ => open);
        services.AddSingleton(open.Clock);
        services.AddSingleton(open.Store);
        services.AddSingleton<IJournal>(open.Store);
        services.AddSingleton<INames>(open.Store);
        services.AddSingleton<IProducts>(open.Store);
        services.AddSingleton<IOutbox>(open.Store);
        services.AddSingleton<ISettings>(open.Store);
        services.AddSingleton<IDocuments>(open.Store);
        services.AddSingleton<DocumentWatcher>();
        services.AddSingleton<StoreWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreWatch>());
        services.AddSingleton(open.Settings.Shop);
        services.AddSingleton(new MailSender(open.Settings.Mail.From, open.Settings.Mail.Unsubscribe));
        services.AddSingleton(open.Shop.Current.Outreach);
        services.AddSingleton(open.Shop);
        services.AddSingleton(open.Shop.Current.Catalogue);
        services.AddSingleton(open.Catalogue);
        services.AddSingleton(open.Signing);
        services.AddSingleton(open.Settings.Catalogue);
        services.AddSingleton(open.Settings.Platforms);
        services.AddSingleton(open.Settings.Imports);
        services.AddKeys(open.Keys, new VisitorToken(open.Secrets, open.Clock));
        services.AddCustomers(new NameCache(open.Clock, shared: options.IsClustered));
        services.AddSingleton<IIngestionProblems>(open.Store);
        services.AddIngestion();
        services.AddTracking(open.Settings.Tracking);
        services.AddSingleton<PlatformIntake>();
        services.AddFeeds(open.Settings.Catalogue);
        services.AddSingleton<RecordTurn>(provider =>
            (customer, request) => provider.GetRequiredService<IGrainFactory>().Customer(customer).RecordAsync(request)
        );
        services.AddSingleton<JournalImport>();
        services.AddSingleton(open.Settings.Recommendations);
        services.AddRecommendationRules();
        services.AddExperiments();
        services.AddRecommendations(new RecommendationId(open.Secrets));
        services.AddSingleton(new UnsubscribeToken(open.Secrets));
        services.AddSingleton(new OptInToken(open.Secrets, open.Clock));
        services.AddSingleton(new AddressKeys(open.AddressSecret));
        services.AddSingleton(new MessageComposer(Path.Combine(options.Data, OpenShop.Templates)));
        services.AddSingleton(ShopLanguages.Load(Path.Combine(options.Data, OpenShop.Languages), open.Settings.Shop.Language));
        services.AddSingleton<MessageFactory>();
        services.AddSingleton(open.Scratch);
        services.AddSingleton(open.Secrets);
        services.AddSingleton<CustomerRearming>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ModelWatcher>(provider, options.Data));
    }

    /// <summary>What goes on beside the requests: in every silo first, then what the leader does.</summary>
    static void AddBackgroundWork(this WebApplicationBuilder builder, OpenShop open, ServerOptions options)
    {
        var services = builder.Services;
        services.AddSingleton(new IndexProjection(open.Shop.Current.Index, open.Shop.Current.Catalogue));
        services.AddSingleton(new IndexImage(open.IndexImagePath, open.Shop.Current.Index, open.Clock));
        services.AddSingleton<IndexService>();
        services.AddHostedService(provider => provider.GetRequiredService<IndexService>());
        services.AddHostedService(provider => provider.GetRequiredService<ModelWatcher>());
        if (open.Catalogue.IsShared)
        {
            services.AddHostedService<CatalogueRefreshService>();
            services.AddHostedService<TokenSecretsRefresh>();
            services.AddHostedService(provider => provider.GetRequiredService<DocumentWatcher>());
        }
        services.AddSingleton(provider => new ReadModelProjection(open.Store.ReadModels, open.Settings.Limits.SourcesPerDay, () =>
            provider.GetRequiredService<LimitAlarm>().Raise(LimitKind.SourcesPerDay)
        ));
        services.AddSingleton<ReadModelPosition>();
        services.AddSingleton<QuarantineService>();
        services.AddHostedService(provider => provider.GetRequiredService<QuarantineService>());
        services.AddSingleton(
            options.AsOf is null ? new WakerOptions() : new WakerOptions { LiveAtDueTime = true, Pause = TimeSpan.Zero }
        );
        services.AddSingleton<WakerService>();
        services.AddSingleton<ILeaderTask>(provider => provider.GetRequiredService<WakerService>());
        services.AddSingleton<ILeaderTask, ReadModelService>();
        if (open.Settings.Catalogue.Feeds.Count > 0)
            services.AddSingleton<ILeaderTask, FeedService>();
        services.AddErasureOfMessages(open.Files);
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ImportService>(provider, open.Files));
        services.AddHostedService(provider => provider.GetRequiredService<ImportService>());
        if (options is { AsOf: null, IsClustered: false })
            services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ServingFile>(provider, options.Data));
        // A server that lives at another time decides, and delivers nothing.
        if (options.AsOf is null)
            services.AddDispatch(open.Settings, options.Data);
        services.AddSingleton<LeaderService>();
        services.AddHostedService(provider => provider.GetRequiredService<LeaderService>());
    }

    static void AddApi(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseConnectionPlaces());
        builder.Services.AddLimits(settings.Limits, settings.Server.Proxies);
        builder.Services.AddDescription();
        builder.Services.AddProblems();
        builder.Services.AddRequestDecompression();
        builder.Services.AddStorefrontOrigins(settings.Tracking.Origins);
        builder.Services.ConfigureHttpJsonOptions(json =>
            ApiJson.Configure(json.SerializerOptions, JsonTypeInfoResolver.Combine(HealthJson.Default, ImportJson.Default))
        );
    }

    static void MapApi(this WebApplication app, IList<StringSegment> hosts)
    {
        app.UseProxies();
        app.UseProtectiveHeaders();
        app.UseAllowedHosts(hosts);
        app.UseProblems();
        app.UseEscapedSlashes();
        app.UseRequestDecompression();
        app.UseCors();
        app.UseLimits();
        app.UseKeys();
        var api = app.MapGroup("").TakesOnlyNamedQuery().Refuses(500, 503);
        api.MapTracking();
        api.MapMeasurementProtocol();
        api.MapWebhooks();
        api.MapRecommendations();
        api.MapPerformance();
        api.MapRecommendationRules();
        api.MapExperiments();
        api.MapCustomers();
        api.MapWarnings();
        api.MapPlaybooks();
        api.MapStatistics();
        api.MapAttribution();
        api.MapProducts();
        api.MapFeeds();
        api.MapVisitorTokens();
        api.MapVisitor();
        api.MapQuarantine();
        api.MapIngestionProblems();
        api.MapImports();
        api.MapSecrets();
        app.MapHealth();
        app.MapMetrics();
        app.MapDashboard();
        app.MapUnsubscribe();
        app.MapOptIn();
        app.MapWidget();
        app.MapDescription();
    }

    static void CheckTemplates(IServiceProvider services)
    {
        var playbooks = services.GetRequiredService<OutreachPolicy>().Playbooks;
        var problems = services
            .GetRequiredService<MessageComposer>()
            .Problems([.. playbooks.Select(playbook => playbook.Template), OptInPolicy.Playbook]);
        if (string.Join(Environment.NewLine, problems) is { Length: > 0 } wrong)
            throw new ArgumentException(wrong);
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Tracking:TrustWriteKey is on: every visitor can speak for every user id, change addresses and consent, and report orders that count."
        )]
        public static partial void WriteKeyIsTrusted(ILogger log);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Gap}")]
        public static partial void LanguageHasGaps(ILogger log, string gap);
    }
}

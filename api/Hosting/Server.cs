using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Duties;
using Personalization.Following;
using Personalization.Identity;
using Personalization.Import;
using Personalization.Keys;
using Personalization.OneProcess;
using Personalization.Outreach;
using Personalization.Outreach.Delivery;
using Personalization.Problems;
using Personalization.Recommendations;
using Personalization.Storage;
using Personalization.Totals;
using Personalization.Tracking;
using Personalization.Waking;
using Personalization.Warnings;

namespace Personalization.Hosting;

/// <summary>Puts a shop together: its store, catalogue, index and models are open before the first request is answered.</summary>
public static class Server
{
    /// <summary>Opens everything and returns the application, not yet listening.</summary>
    /// <param name="options">Where the data is, and where to listen.</param>
    /// <param name="host">Adds what hosts the customers: this process by default (<see cref="OneProcessHost"/>).</param>
    /// <param name="cancel">Cancels the opening.</param>
    /// <exception cref="StoreUnavailableException">The data cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static async Task<WebApplication> OpenAsync(
        ServerOptions options,
        HostCustomers? host = null,
        CancellationToken cancel = default
    )
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
        var urls = options.Urls ?? builder.Configuration["urls"] ?? ServerOptions.DefaultUrls;
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // It logs nothing that is not logged here better, and while it may, every request carries an activity for it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));

        var shop = ShopConfiguration.Read(builder.Configuration, urls);
        var outreach = OutreachSettings.Read(builder.Configuration.GetSection("Outreach"));
        var drain = DrainService.Period(builder.Configuration);
        var open = await OpenShop.OpenAsync(options, shop, outreach, builder.Configuration, cancel);
        builder.Services.AddShop(open, options, shop, outreach);
        // Services stop in the reverse order: whoever puts things away and closes the store comes first here.
        builder.Services.AddSingleton<ClosingService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ClosingService>());
        builder.Services.AddSingleton<DrainService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DrainService>());
        builder.Services.Configure<HostOptions>(hosting => hosting.ShutdownTimeout = drain + TimeSpan.FromMinutes(1));
        (host ?? OneProcessHost.Add)(builder, open, options);
        builder.Services.AddWork(open, options, builder.Configuration);
        builder.Services.AddDescription();
        builder.Services.AddProblems();
        builder.Services.AddRequestDecompression();
        builder.Services.AddStorefrontOrigins(builder.Configuration.GetSection("Tracking:Origins").Get<string[]>() ?? []);
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase
        );
        var app = builder.Build();
        app.Services.GetRequiredService<ModelWatcher>().Load();
        var templates = app
            .Services.GetRequiredService<LetterComposer>()
            .Problems(outreach.Playbooks.Select(playbook => playbook.Template))
            .ToList();
        if (templates.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, templates));
        Map(app, shop);
        return app;
    }

    static void Map(WebApplication app, ShopConfiguration shop)
    {
        app.UseProblems();
        app.UseRequestDecompression();
        app.UseCors();
        ActivatorUtilities.CreateInstance<TrackingEndpoints>(app.Services).Map(app);
        ActivatorUtilities.CreateInstance<RecommendationEndpoints>(app.Services).Map(app);
        app.MapCustomers();
        app.MapWarnings();
        app.MapPlaybooks();
        app.MapTotals();
        app.MapSources();
        app.MapProducts();
        app.MapTokens();
        app.MapHealth();
        app.MapOpenApi();
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/docs"),
            docs =>
                docs.UseSwaggerUI(ui =>
                {
                    ui.RoutePrefix = "docs";
                    ui.SwaggerEndpoint("/openapi/v1.json", "Personalization");
                })
        );
        app.MapGet("/", () => TypedResults.Redirect("/docs")).ExcludeFromDescription();
        app.MapUnsubscribe(app.Services.GetRequiredService<UnsubscribeToken>(), shop.Name, async (request, cancel) =>
        {
            var time = app.Services.GetRequiredService<TimeProvider>();
            await app
                .Services.GetRequiredService<ICustomers>()
                .ChangeConsentAsync(
                    request.Customer,
                    new Events.ConsentChanged
                    {
                        Time = time.GetUtcNow().ToUnixTimeMilliseconds(),
                        Channel = request.Channel,
                        Topic = request.Topic,
                        Granted = false,
                        Origin = "one-click",
                    },
                    cancel
                );
        });
    }

    static void AddShop(
        this IServiceCollection services,
        OpenShop open,
        ServerOptions options,
        ShopConfiguration shop,
        OutreachPolicy outreach
    )
    {
        services.AddSingleton(open.Time);
        services.AddSingleton(open.Store);
        services.AddSingleton(open.Keys);
        services.AddSingleton(shop);
        services.AddSingleton(outreach);
        services.AddSingleton(open.World);
        services.AddSingleton(open.World.Current.Catalogue);
        services.AddSingleton(open.Catalogue);
        services.AddSingleton(new NameCache(open.Time, shared: options.Database is not null));
        services.AddSingleton<IdentityResolver>();
        services.AddSingleton<TrackingIntake>();
        services.AddSingleton(new RecommendationId(open.Secret));
        services.AddSingleton<RecommendationJson>();
        services.AddSingleton(new VisitorToken(open.Secret, open.Time));
        services.AddSingleton<JournalImport>();

        services.AddSingleton(new IndexFollower(open.World.Current.Index));
        services.AddSingleton(new ReadModelFollower(open.Store.ReadModels));
        services.AddSingleton(new IndexImage(open.IndexImagePath, open.World.Current.Index, open.Time));
        services.AddSingleton<IndexService>();
        services.AddSingleton<ReadModelService>();
        services.AddSingleton<PositionGate>();
        services.AddSingleton(new ScratchCopy(options.Now is null ? null : open.Files));
        services.AddSingleton(
            options.Now is null ? new WakerOptions() : new WakerOptions { LiveAtDueTime = true, Pause = TimeSpan.Zero }
        );
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ModelWatcher>(provider, options.Data));

        services.AddSingleton(new UnsubscribeToken(open.Secret));
        services.AddSingleton(new LetterComposer(Path.Combine(options.Data, "templates")));
        services.AddSingleton<LetterOffice>();
        services.TryAddSingleton<ILoggerFactory, LoggerFactory>();
    }

    /// <summary>What goes on beside the requests: in every process first, then what a shop has once.</summary>
    static void AddWork(this IServiceCollection services, OpenShop open, ServerOptions options, IConfiguration configuration)
    {
        services.AddHostedService(provider => provider.GetRequiredService<IndexService>());
        services.AddHostedService(provider => provider.GetRequiredService<ModelWatcher>());
        if (open.Catalogue.IsShared)
            services.AddHostedService<CatalogueFollower>();
        services.AddSingleton<WakerService>();
        services.AddSingleton<IDuty>(provider => provider.GetRequiredService<WakerService>());
        services.AddSingleton<IDuty>(provider => provider.GetRequiredService<ReadModelService>());
        // A server that lives at another time decides, and delivers nothing.
        if (options.Now is null)
            services.AddDelivery(options, configuration);
        services.AddSingleton<DutyService>();
        services.AddHostedService(provider => provider.GetRequiredService<DutyService>());
    }

    static void AddDelivery(this IServiceCollection services, ServerOptions options, IConfiguration configuration)
    {
        services.TryAddSingleton<IMailTransport>(_ =>
            configuration.GetSection("Mail:Smtp").Exists()
                ? new SmtpTransport(SmtpOf(configuration.GetSection("Mail:Smtp")))
                : new PickupTransport(Path.Combine(options.Data, "pickup"))
        );
        services.AddSingleton(
            configuration.GetSection("Outreach:Dispatch").Get<DispatcherSettings>() ?? new DispatcherSettings()
        );
        services.AddSingleton<HandOver>(provider =>
            async (customer, message, cancel) =>
                await provider.GetRequiredService<IStore>().FindOutboxAsync(message, cancel) is { } entry
                    ? await provider.GetRequiredService<LetterOffice>().HandOverAsync(customer, message, entry.Programme, cancel)
                    : null
        );
        services.AddSingleton<IDuty, Dispatcher>();
    }

    static SmtpSettings SmtpOf(IConfigurationSection section)
    {
        var settings = new SmtpSettings
        {
            Host = section["Host"] ?? "",
            Port = section.GetValue("Port", 587),
            StartTls = section.GetValue("StartTls", true),
            User = section["User"],
            Password = section["Password"],
            Timeout = section.GetValue("Timeout", TimeSpan.FromMinutes(1)),
        };
        return settings.Problems().ToList() is { Count: > 0 } problems
            ? throw new ArgumentException(string.Join(Environment.NewLine, problems))
            : settings;
    }
}

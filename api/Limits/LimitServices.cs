using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Personalization.Limits;

public static class LimitServices
{
    public static void AddLimits(this IServiceCollection services, LimitSettings settings, IReadOnlyList<string> proxies)
    {
        services.AddSingleton(settings);
        services.AddSingleton<LimitAlarm>();
        services.AddSingleton(new NamedProxies(proxies));
        services.AddSingleton<UnnamedProxies>();
        services.AddSingleton<ConnectionPlaces>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<ClaimedProducts>();
        services.AddSingleton<Crowds>();
    }

    /// <summary>Closes connections that are too many. Before the endpoints are made.</summary>
    public static void UseConnectionPlaces(this KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            var places = kestrel.ApplicationServices.GetRequiredService<ConnectionPlaces>();
            endpoint.Use(next => connection => places.ServeAsync(connection, next));
        });

    /// <summary>Takes the client's address from what the named proxies say, and from nobody else.</summary>
    public static void UseProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<NamedProxies>();
        if (proxies.Addresses.Count + proxies.Networks.Count == 0)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var address in proxies.Addresses)
            options.KnownProxies.Add(address);
        foreach (var network in proxies.Networks)
            options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }

    /// <summary>Refuses calls without the secret key that are too many.</summary>
    public static void UseLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<CallLimits>();
        app.Use(
            async (http, next) =>
            {
                if (limits.Enter(http) is { } tooMany)
                    await (await limits.HoldAsync(tooMany, http.RequestAborted)).ExecuteAsync(http);
                else
                    await next(http);
            }
        );
    }
}

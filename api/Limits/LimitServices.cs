using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Personalization.Limits;

public static class LimitServices
{
    public static void AddLimits(this IServiceCollection services, LimitSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<LimitAlarm>();
        services.AddSingleton<UnnamedProxies>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<ClaimedProducts>();
        services.AddSingleton<Crowds>();
    }

    /// <summary>Takes the client's address from what the named proxies say, and from nobody else.</summary>
    /// <param name="app">The application.</param>
    /// <param name="proxies">Addresses and networks (10.0.0.0/8).</param>
    public static void UseProxies(this WebApplication app, IReadOnlyList<string> proxies)
    {
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            if (IPAddress.TryParse(proxy, out var address))
                options.KnownProxies.Add(address);
            else
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        app.UseForwardedHeaders(options);
    }

    /// <summary>Refuses calls without the secret key that are too many.</summary>
    public static void UseLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<CallLimits>();
        app.Use((http, next) => limits.Enter(http) is { } tooMany ? tooMany.ExecuteAsync(http) : next(http));
    }
}

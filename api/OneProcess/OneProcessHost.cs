using Personalization.Customers;
using Personalization.Hosting;

namespace Personalization.OneProcess;

/// <summary>Hosts all customers in this process.</summary>
public static class OneProcessHost
{
    public static void Add(WebApplicationBuilder builder, OpenShop open, ServerOptions options)
    {
        var services = builder.Services;
        services.AddSingleton(
            (builder.Configuration.GetSection("Customers").Get<ResidencyOptions>() ?? new ResidencyOptions()).Validated()
        );
        services.AddSingleton<OneProcessCustomers>();
        services.AddSingleton<ICustomers>(provider => provider.GetRequiredService<OneProcessCustomers>());
        services.AddSingleton(provider => new ResidentCustomers(() =>
            provider.GetRequiredService<OneProcessCustomers>().Resident
        ));
        services.AddSingleton<MemoryService>();
        services.AddHostedService(provider => provider.GetRequiredService<MemoryService>());
    }

    /// <summary>Ends a server that was opened and never started: customers get their snapshots, the store is closed.</summary>
    public static async Task CloseAsync(IServiceProvider services)
    {
        await services.GetRequiredService<MemoryService>().StopAsync(CancellationToken.None);
        await services.GetRequiredService<ClosingService>().StopAsync(CancellationToken.None);
    }
}

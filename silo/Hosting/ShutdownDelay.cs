using Microsoft.AspNetCore.Hosting.Server;

namespace Personalization.Hosting;

/// <summary>
/// A server that was told to stop says that it is not ready, and goes on serving for a while: load balancers look elsewhere
/// first, so that no call is lost (setting <c>Server:ShutdownDelay</c>). Then it stops listening, and calls that do not end
/// by themselves are broken off (<c>Server:DrainTimeout</c>): no client can keep customers from being saved.
/// </summary>
public sealed class ShutdownDelay(ShutdownSettings settings, IServer server) : IHostedLifecycleService
{
    public bool IsDraining { get; private set; }

    /// <summary>Called before anything is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        await Task.Delay(settings.ShutdownDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        drain.CancelAfter(settings.DrainTimeout);
        await server.StopAsync(drain.Token);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

static class ShutdownServices
{
    public static void AddShutdownDelay(this WebApplicationBuilder builder, ShutdownSettings settings)
    {
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<ShutdownDelay>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ShutdownDelay>());
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.ShutdownDelay + settings.DrainTimeout + settings.ShutdownTimeout
        );
    }
}

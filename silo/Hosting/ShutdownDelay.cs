namespace Personalization.Hosting;

/// <summary>
/// A server that was told to stop says that it is not ready, and goes on serving for a while: load balancers look elsewhere
/// first, so that no call is lost (setting <c>Server:ShutdownDelay</c>, zero by default).
/// </summary>
public sealed class ShutdownDelay(TimeSpan delay) : IHostedLifecycleService
{
    public bool IsDraining { get; private set; }

    /// <summary>Called before anything is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        await Task.Delay(delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

public static class ShutdownDelayServices
{
    /// <summary>An orderly stop may take this much longer than the delay: customers save their snapshots.</summary>
    public static readonly TimeSpan TimeToSave = TimeSpan.FromMinutes(2);

    public static void AddShutdownDelay(this WebApplicationBuilder builder, TimeSpan delay)
    {
        builder.Services.AddSingleton(new ShutdownDelay(delay));
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ShutdownDelay>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = delay + TimeToSave);
    }
}

namespace Personalization.Hosting;

/// <summary>
/// A server that was told to stop says that it is not ready, and goes on serving for a while: load balancers look elsewhere
/// first, so that no call is lost (setting <c>Server:ShutdownDelay</c>, zero by default).
/// </summary>
public sealed class ShutdownDelay(IConfiguration configuration) : IHostedLifecycleService
{
    public TimeSpan Delay { get; } = Period(configuration);

    public bool IsDraining { get; private set; }

    /// <exception cref="ArgumentException">The setting makes no sense.</exception>
    static TimeSpan Period(IConfiguration configuration)
    {
        var period = configuration.GetValue("Server:ShutdownDelay", TimeSpan.Zero);
        return period >= TimeSpan.Zero && period <= TimeSpan.FromMinutes(5)
            ? period
            : throw new ArgumentException($"Server:ShutdownDelay is {period}; it must be between zero and five minutes.");
    }

    /// <summary>Called before anything is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        await Task.Delay(Delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
    static readonly TimeSpan TimeToSave = TimeSpan.FromMinutes(2);

    public static void AddShutdownDelay(this WebApplicationBuilder builder)
    {
        var delay = new ShutdownDelay(builder.Configuration);
        builder.Services.AddSingleton(delay);
        builder.Services.AddHostedService(_ => delay);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = delay.Delay + TimeToSave);
    }
}

namespace Personalization.Hosting;

/// <summary>
/// A server that was told to stop says that it is not ready, and goes on serving for a while: load balancers look elsewhere
/// first, so that no call is lost (setting <c>Server:Drain</c>; none by default).
/// </summary>
public sealed class DrainService(IConfiguration configuration) : IHostedLifecycleService
{
    readonly TimeSpan period = Period(configuration);

    public bool IsDraining { get; private set; }

    /// <exception cref="ArgumentException">The setting makes no sense.</exception>
    public static TimeSpan Period(IConfiguration configuration)
    {
        var period = configuration.GetValue("Server:Drain", TimeSpan.Zero);
        return period >= TimeSpan.Zero && period <= TimeSpan.FromMinutes(5)
            ? period
            : throw new ArgumentException($"Server:Drain is {period}; it must lie between nothing and five minutes.");
    }

    /// <summary>Called before anything is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        await Task.Delay(period, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

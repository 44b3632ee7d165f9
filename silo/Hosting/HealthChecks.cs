using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Personalization.Health;
using Personalization.Projections;
using Personalization.Waking;

namespace Personalization.Hosting;

/// <summary>What must hold of a server that is ready, section <c>Health</c>.</summary>
public sealed record HealthSettings
{
    /// <summary>Megabytes that must be free on the disk of the data directory. The default is 200.</summary>
    [Range(0, 1_000_000_000)]
    public int MinFreeSpace { get; init; } = 200;

    /// <summary>How far the item index and the read models may be behind the journal. The default is 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromMinutes(5);
}

static class HealthCheckServices
{
    /// <summary>The checks behind <c>/health/ready</c>, by the names it tells them under.</summary>
    public static void AddReadiness(this WebApplicationBuilder builder, HealthSettings settings)
    {
        builder.Services.AddSingleton(settings);
        builder
            .Services.AddHealthChecks()
            .AddCheck<RunningCheck>("server")
            .AddCheck<DatabaseCheck>("database")
            .AddCheck<DiskCheck>("disk")
            .AddCheck<ProjectionCheck>("projections");
        // A line for every look that finds something; what is worth one is logged where it happens.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    /// <summary>Healthy where there is no problem.</summary>
    public static HealthCheckResult ResultOf(string? problem) =>
        problem is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(problem);
}

/// <summary>The server has come up and is not on its way down.</summary>
sealed class RunningCheck(ShutdownDelay shutdown, ScratchCopy scratch, WakerService waker) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(
            HealthCheckServices.ResultOf(
                shutdown.IsDraining ? "The server is being stopped."
                : scratch.Folder is not null && !waker.CaughtUp.IsCompleted ? "Customers are being brought to the time asked for."
                : null
            )
        );
}

/// <summary>The database takes writes.</summary>
sealed class DatabaseCheck(StoreWatch watch) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        HealthCheckServices.ResultOf(await watch.ProblemAsync());
}

/// <summary>The disk of the data directory has room.</summary>
sealed class DiskCheck(OpenShop open, HealthSettings settings) : IHealthCheck
{
    const long Megabyte = 1 << 20;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var free = new DriveInfo(Path.GetFullPath(open.Files)).AvailableFreeSpace / Megabyte;
        return Task.FromResult(
            HealthCheckServices.ResultOf(
                free < settings.MinFreeSpace
                    ? $"The disk of the data directory has {free} MB left, less than Health:MinFreeSpace ({settings.MinFreeSpace})."
                    : null
            )
        );
    }
}

/// <summary>The item index and, where they are written here, the read models follow the journal.</summary>
sealed class ProjectionCheck(IndexService index, ProjectionInstruments projections, HealthSettings settings) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(HealthCheckServices.ResultOf(Problem()));

    string? Problem()
    {
        if (!index.CaughtUp.IsCompleted)
            return $"The item index is at {index.Position} and has not counted yet what stood in the journal at the start.";
        var (name, lag) = projections.Furthest;
        return lag > settings.MaxLag
            ? $"The {name} have not followed the journal for {(long)lag.TotalSeconds} seconds, longer than Health:MaxLag."
            : null;
    }
}

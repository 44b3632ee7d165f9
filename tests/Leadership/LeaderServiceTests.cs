using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Leadership;

/// <summary>A task of the leader that fails, and the others beside it.</summary>
public sealed class LeaderServiceTests
{
    int _leases,
        _givenBack;

    IStore Store =>
        Fake.Of<IStore>(
            (_, _) =>
            {
                _leases++;
                return new ValueTask<Lease>(
                    new Lease(() =>
                    {
                        _givenBack++;
                        return default;
                    })
                );
            }
        );

    [Fact]
    public async Task A_task_that_ends_by_an_exception_is_started_again_under_a_new_lease()
    {
        var (failing, other) = (new Failing(), new Other());
        using var leader = new LeaderService(Store, [other, failing], NullLogger<LeaderService>.Instance);
        await leader.StartAsync(default);
        for (var tries = 0; failing.Runs < 2; tries++)
        {
            tries.ShouldBeLessThan(3000);
            await Task.Delay(20);
        }
        (_leases, _givenBack).ShouldBe((2, 1));
        leader.IsLeader.ShouldBeTrue();
        other.Stops.ShouldBe(1, "the task beside it is stopped, though the failing one could not be");
        await leader.StopAsync(default);
        (_givenBack, other.Stops, leader.IsLeader).ShouldBe((2, 2, false));
    }

    sealed class Failing : BackgroundService, ILeaderTask
    {
        public int Runs { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            if (++Runs == 1)
                throw new InvalidDataException("A message cannot be read.");
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }

        public override async Task StopAsync(CancellationToken cancellationToken)
        {
            await base.StopAsync(cancellationToken);
            throw new StoreUnavailableException("The disk is full.");
        }
    }

    sealed class Other : ILeaderTask
    {
        public int Stops { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Stops++;
            return Task.CompletedTask;
        }
    }
}

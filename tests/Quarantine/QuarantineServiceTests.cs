using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Customers;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Quarantine;

/// <summary>What goes wrong in the background is said and tried again; the server goes on.</summary>
public sealed class QuarantineServiceTests
{
    [Fact]
    public async Task A_customer_that_cannot_be_loaded_again_stays_to_be_tried_and_the_others_are()
    {
        using var directory = new TempDirectory();
        await using var store = await Stores.OpenAsync(new StoreOptions { DataDirectory = directory.Path }, TimeProvider.System);
        foreach (var customer in new[] { 1, 2 })
            await store.SetAsideAsync(
                new QuarantinedItem(
                    0,
                    QuarantineKind.History,
                    $"{customer}",
                    customer,
                    "damaged",
                    1,
                    1,
                    SettingAside.Program,
                    false
                )
            );
        await store.RetryQuarantineAsync(null, null);
        var failure = new TaskCompletionSource();
        var failures = 0;
        ValueTask Reload(long customer)
        {
            if (customer != 1 || failure.Task.IsCompleted)
                return default;
            failures++;
            throw new OperationCanceledException("The silo is gone.");
        }
        var grains = Fake.Of<IGrainFactory>(
            (_, args) => Fake.Of<ICustomerGrain>((_, _) => Reload(((GrainId)args[0]!).GetIntegerKey()))
        );
        await using var provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var service = new QuarantineService(
            provider.GetRequiredService<IMeterFactory>(),
            store,
            grains,
            NullLogger<QuarantineService>.Instance
        );

        await service.StartAsync(default);
        await UntilAsync(async () => (await store.ReadQuarantineAsync(null, 0, 10)).Count == 1);
        var left = (await store.ReadQuarantineAsync(null, 0, 10)).Single();
        (left.Customer, left.Retry).ShouldBe((1, true));
        failures.ShouldBeGreaterThan(0);

        failure.SetResult();
        await UntilAsync(async () => (await store.ReadQuarantineAsync(null, 0, 10)).Count == 0);
        service.ExecuteTask!.IsFaulted.ShouldBeFalse();
        await service.StopAsync(default);
    }

    [Fact]
    public async Task A_database_that_fails_in_an_unknown_way_is_a_problem_and_not_the_end_of_the_watch()
    {
        var settings = Fake.Of<ISettings>((_, _) => throw new InvalidOperationException("secret words"));
        using var watch = new StoreWatch(settings, NullLogger<StoreWatch>.Instance);
        (await watch.ProblemAsync()).ShouldBe("The database failed (InvalidOperationException).");
    }

    static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var tries = 0; !await isSo(); tries++)
        {
            (tries < 1500).ShouldBeTrue("it does not come about within 30 seconds");
            await Task.Delay(20);
        }
    }
}

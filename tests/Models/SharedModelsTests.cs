using Personalization.Journal;
using Personalization.Models.Population;
using Personalization.Storage;
using Personalization.Storage.Models;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class SharedModelsTests
{
    [Fact]
    public Task R72_servers_of_one_database_use_what_was_put_in_use_last() =>
        ShareAsync(directory => Stores.OpenAsync(new StoreOptions { DataDirectory = directory }, TimeProvider.System));

    [NeedsPostgresFact]
    public async Task R72_servers_of_one_PostgreSQL_use_what_was_put_in_use_last()
    {
        string database = await TestPostgres.NewDatabaseAsync();
        await ShareAsync(directory =>
            Stores.OpenAsync(new StoreOptions { DataDirectory = directory, ConnectionString = database }, TimeProvider.System)
        );
        await TestPostgres.DropDatabaseAsync(database);
    }

    static async Task ShareAsync(Func<string, Task<IStore>> open)
    {
        using var directory = new TempDirectory();
        await using var store = await open(directory.Path);
        // Two servers, each with a disk of its own.
        var (one, other) = (
            new ValueRegistry(Path.Combine(directory.Path, "one")),
            new ValueRegistry(Path.Combine(directory.Path, "other"))
        );
        (await SharedModels.SyncAsync(store, one)).ShouldBeFalse();
        var start = new DateTimeOffset(2026, 3, 1, 0, 0, 0, default);
        Register(one, "a");
        Register(one, "b");
        one.Promote("a", "ana", "first", start);
        await SharedModels.SyncAsync(store, one);
        (await SharedModels.SyncAsync(store, other)).ShouldBeTrue();
        other.CurrentVersion().ShouldBe("a");
        other.TryCurrent(out _)!.Buying.R.ShouldBe(0.25);
        other.Card<ValueCard>("a")!.By.ShouldBe("ana");
        File.ReadAllBytes(Path.Combine(directory.Path, "other", "models", "value", "a", "model.zip")).ShouldBe([1, 2, 3]);
        other.Promotions().ShouldBe(one.Promotions());
        // Nothing new: nothing happens.
        (await SharedModels.SyncAsync(store, other)).ShouldBeFalse();

        one.Promote("b", "ana", "better", start.AddHours(1));
        await SharedModels.SyncAsync(store, one);
        (await SharedModels.SyncAsync(store, other)).ShouldBeTrue();
        other.CurrentVersion().ShouldBe("b");
        // What is taken back on one machine is taken back on the other.
        other.Rollback("bob", "worse after all", start.AddHours(2));
        await SharedModels.SyncAsync(store, other);
        (await SharedModels.SyncAsync(store, one)).ShouldBeTrue();
        one.CurrentVersion().ShouldBe("a");
        one.Promotions()[^1].By.ShouldBe("bob");
    }

    static void Register(ValueRegistry registry, string version) =>
        registry.Register(
            new(version, new(0.25, 4.4, 0.8, 2.4), new(6.25, 3.74, 15.4)),
            new ValueCard(
                version,
                default,
                "ana",
                default,
                100,
                [0.25, 4.4, 0.8, 2.4],
                [null, null, null, null],
                [6.25, 3.74, 15.4],
                [null, null, null],
                90,
                [10, 8, 12],
                null
            ),
            [1, 2, 3]
        );
}

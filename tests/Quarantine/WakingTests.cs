using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Support;
using Personalization.Waking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Quarantine;

/// <summary>A customer that fails whenever it is woken is set aside; those due after it are woken.</summary>
public sealed class WakingTests : IAsyncLifetime
{
    readonly TempDirectory _directory = new();
    readonly TestClock _clock = new(DateTimeOffset.UtcNow);
    readonly List<long> _woken = [];
    Exception? _failure = new InvalidDataException("A turn cannot be read.");
    IStore _store = null!;
    WakerService _waker = null!;

    public async Task InitializeAsync()
    {
        _store = await Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, _clock);
        var grains = Fake.Of<IGrainFactory>(
            (_, args) => Fake.Of<ICustomerGrain>((_, _) => new ValueTask(WakeAsync(((GrainId)args[0]!).GetIntegerKey())))
        );
        _waker = new WakerService(_store, grains, new ShopClock(_clock), new WakerOptions(), NullLogger<WakerService>.Instance);
        await _store.CommitAsync(new Commit { Turns = [], Due = [new(1, 1), new(2, 2)] });
    }

    public async Task DisposeAsync()
    {
        _waker.Dispose();
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    async Task WakeAsync(long customer)
    {
        if (customer == 1 && _failure is not null)
            throw _failure;
        _woken.Add(customer);
        await _store.CommitAsync(new Commit { Turns = [], Due = [new(customer, null)] });
    }

    async Task RunAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _waker.RunOnceAsync(default);
            _clock.Advance(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public async Task It_is_set_aside_after_three_tries_and_woken_when_it_is_to_be_tried_again()
    {
        await RunAsync(5);

        _woken.ShouldBe([2]);
        var item = (await _store.ReadQuarantineAsync(null, 0, 10)).ShouldHaveSingleItem();
        (item.Kind, item.Customer, item.Tries).ShouldBe((QuarantineKind.Waking, 1, 3));
        (await _store.ReadDueAsync(long.MaxValue, 10)).ShouldBeEmpty();

        _failure = null;
        await _store.RetryQuarantineAsync(item.Number, null);
        using var again = new WakerService(
            _store,
            Fake.Of<IGrainFactory>(
                (_, args) => Fake.Of<ICustomerGrain>((_, _) => new ValueTask(WakeAsync(((GrainId)args[0]!).GetIntegerKey())))
            ),
            new ShopClock(_clock),
            new WakerOptions(),
            NullLogger<WakerService>.Instance
        );
        await again.RunOnceAsync(default);
        _woken.ShouldBe([2, 1]);
        (await _store.ReadQuarantineAsync(null, 0, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_is_away_sets_nobody_aside()
    {
        _failure = new StoreUnavailableException("The database is away.");

        await RunAsync(6);

        (await _store.ReadQuarantineAsync(null, 0, 10)).ShouldBeEmpty();
        (await _store.ReadDueAsync(long.MaxValue, 10)).ShouldHaveSingleItem().Customer.ShouldBe(1);
    }
}

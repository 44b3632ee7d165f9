using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>Buyers are woken when another churn model is in use than the one they were armed by.</summary>
public sealed class CustomerRearmingTests
{
    static readonly ProductCatalogue Catalogue = new();

    readonly CurrentShop _shop = new(
        new ShopContext
        {
            Shop = new ShopSettings(default, new Dictionary<Currency, decimal>()),
            Catalogue = Catalogue,
            Index = new ItemIndex(new ItemIndexOptions(), Catalogue),
        }
    );
    readonly List<long> _woken = [];
    byte[]? _armedBy = Encoding.UTF8.GetBytes("another");
    Exception? _failure = new StoreUnavailableException("The silo of this customer cannot be reached now.");

    CustomerRearming Rearming => new(_shop, Store, Grains, new(TimeProvider.System), NullLogger<CustomerRearming>.Instance);

    string? ArmedBy => _armedBy is null ? null : Encoding.UTF8.GetString(_armedBy);

    IStore Store =>
        Fake.Of<IStore>(
            (method, args) =>
                method.Name switch
                {
                    nameof(IStore.LeadAsync) => new ValueTask<Lease>(new Lease(() => default)),
                    nameof(IStore.ReadSettingAsync) => new ValueTask<byte[]?>(
                        (string)args[0]! == "churn.armed-by" ? _armedBy : null
                    ),
                    nameof(IStore.SaveSettingAsync) => Save((byte[]?)args[1]),
                    "get_" + nameof(IStore.ReadModels) => Fake.Of<IReadModels>(
                        (_, _) =>
                            new ValueTask<IReadOnlyList<CustomerRow>>([
                                new(1, true, 0, 0, 0, 1, 0, 0, 0, 0),
                                new(2, true, 0, 0, 0, 1, 0, 0, 0, 0),
                            ])
                    ),
                    _ => throw new NotSupportedException(method.Name),
                }
        );

    ValueTask Save(byte[]? value)
    {
        _armedBy = value;
        return default;
    }

    IGrainFactory Grains =>
        Fake.Of<IGrainFactory>(
            (_, args) => Fake.Of<ICustomerGrain>((_, _) => new ValueTask(WakeAsync(((GrainId)args[0]!).GetIntegerKey())))
        );

    Task WakeAsync(long customer)
    {
        if (customer == 2 && _failure is not null)
            return Task.FromException(_failure);
        _woken.Add(customer);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task One_that_breaks_off_is_not_remembered_and_begins_again()
    {
        await Should.ThrowAsync<StoreUnavailableException>(() => Rearming.RearmIfNewsAsync(default));
        ArmedBy.ShouldBe("another");
        _failure = null;
        await Rearming.RearmIfNewsAsync(default);
        _woken.ShouldBe([1, 1, 2]);
        ArmedBy.ShouldBe(_shop.Current.Churn.Version);
        await Rearming.RearmIfNewsAsync(default);
        _woken.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_customer_that_cannot_be_woken_does_not_keep_the_others_waiting()
    {
        _failure = new InvalidDataException("A turn cannot be read.");
        await Rearming.RearmIfNewsAsync(default);
        _woken.ShouldBe([1]);
        ArmedBy.ShouldBe(_shop.Current.Churn.Version);
    }

    [Fact]
    public async Task The_watcher_lives_on_after_a_failure_and_tries_again()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory.Path);
        using var leader = new LeaderService(Store, [], NullLogger<LeaderService>.Instance);
        using var watcher = new ModelWatcher(directory.Path, _shop, Store, Rearming, leader, NullLogger<ModelWatcher>.Instance);
        await leader.StartAsync(default);
        await watcher.StartAsync(default);
        await UntilAsync(() => _woken.Count == 1);
        ArmedBy.ShouldBe("another");
        _failure = null;
        await UntilAsync(() => ArmedBy == _shop.Current.Churn.Version);
        _woken.ShouldContain(2);
        watcher.ExecuteTask!.IsCompleted.ShouldBeFalse();
        await watcher.StopAsync(default);
        await leader.StopAsync(default);
    }

    static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            tries.ShouldBeLessThan(3000);
            await Task.Delay(20);
        }
    }
}

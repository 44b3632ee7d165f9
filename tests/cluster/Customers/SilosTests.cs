using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Personalization.Tests.Cluster.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Cluster.Customers;

/// <summary>Customers on several silos of one cluster, each with a store of its own on one PostgreSQL.</summary>
[NeedsPostgres]
public sealed class SilosTests : IAsyncLifetime
{
    readonly TempDirectory _directory = new();
    string _database = "";
    int _messages,
        _shops;

    public async Task InitializeAsync() => _database = TestPostgres.Programs is null ? "" : await TestPostgres.NewDatabaseAsync();

    public async Task DisposeAsync()
    {
        if (_database != "")
            await TestPostgres.DropDatabaseAsync(_database);
        _directory.Dispose();
    }

    async Task<(TestSilos Silos, IStore Store)> StartAsync(int count)
    {
        var options = new StoreOptions { DataDirectory = _directory.Path, ConnectionString = _database };
        var store = await Stores.OpenAsync(options, TimeProvider.System);
        var tables = await OrleansTables.OpenPostgresAsync(_database);
        return (await TestSilos.StartAsync(count, store, NewShop, TimeProvider.System, SiloHosting.Postgres, tables), store);
    }

    /// <summary>Every other silo has met the products from the last to the first.</summary>
    ShopContext NewShop()
    {
        var catalogue = new ProductCatalogue();
        var numbers = Enumerable.Range(1, 10);
        foreach (var number in Interlocked.Increment(ref _shops) % 2 == 0 ? numbers : numbers.Reverse())
            catalogue.Apply(
                new Product
                {
                    Number = number,
                    Id = $"p{number}",
                    Category = [number <= 5 ? "Shoes" : "Hats"],
                }
            );
        var index = new ItemIndex(new ItemIndexOptions(), catalogue);
        var now = (int)DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (var number in numbers)
            index.Record((ulong)number, number, Signal.View, now);
        return new ShopContext
        {
            Shop = new ShopSettings(default, new Dictionary<Currency, decimal>()),
            Catalogue = catalogue,
            Index = index,
        };
    }

    RecordRequest Added(int product)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return new RecordRequest([
            new Tracked
            {
                Kind = EventKind.ProductAdded,
                Time = now,
                Received = now,
                Message = (ulong)Interlocked.Increment(ref _messages),
                Name = 1,
                Lines = [new OrderLine(product, 1, 0)],
            },
        ]);
    }

    [CommonFact]
    public async Task A_customer_has_one_activation_whichever_silo_is_asked()
    {
        var (silos, store) = await StartAsync(3);
        await using var _ = silos;
        await using var __ = store;
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), async (i, _) =>
        {
            // Each silo begins with others: a customer lives where it was first called.
            for (var n = 0; n < 20; n++)
                await silos.GrainsOf(i % 3).Customer(1 + (n + 7 * i) % 20).RecordAsync(Added(3));
        });
        var management = silos.Grains.GetGrain<IManagementGrain>(0);
        var activations = (await management.GetDetailedGrainStatistics())
            .Where(one => one.GrainType.Contains(nameof(CustomerGrain)))
            .ToList();
        activations.Count.ShouldBe(20);
        activations.Select(one => one.SiloAddress).Distinct().Count().ShouldBeGreaterThan(1);
        for (var customer = 1; customer <= 20; customer++)
            (await silos.Customer(customer).ReadAsync()).Cart.Single().Quantity.ShouldBe(60);
    }

    [CommonFact]
    public async Task Turns_of_one_customer_do_not_interleave()
    {
        var (silos, store) = await StartAsync(2);
        await using var _ = silos;
        await using var __ = store;
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => silos.Customer(5).RecordAsync(Added(3)).AsTask()));
        var view = await silos.Customer(5).ReadAsync();
        (view.Events, view.Version, view.Cart.Single().Quantity).ShouldBe((300, 300, 300));
    }

    [CommonFact]
    public async Task What_was_acknowledged_survives_the_death_of_a_silo()
    {
        var (silos, store) = await StartAsync(3);
        await using var _ = silos;
        await using var __ = store;
        for (var customer = 1; customer <= 60; customer++)
            await silos.Customer(customer).RecordAsync(Added(1 + customer % 9));
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        for (var customer = 1; customer <= 60; customer++)
        {
            await silos.Customer(customer).RecordAsync(Added(1 + customer % 9));
            (await silos.Customer(customer).ReadAsync()).Cart.Single().Quantity.ShouldBe(2, $"customer {customer}");
        }
    }

    [CommonFact]
    public async Task Two_halves_of_a_cluster_that_have_lost_each_other_cannot_corrupt_a_history()
    {
        // To each half the customer's own activation is the only one.
        var (one, oneStore) = await StartAsync(1);
        var (other, otherStore) = await StartAsync(1);
        await using var _ = one;
        await using var __ = other;
        await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? one : other).Customer(7).RecordAsync(Added(3)).AsTask())
        );
        foreach (var half in new[] { one, other })
        {
            await half.Customer(7).RecordAsync(Added(4));
            (await half.Customer(7).ReadAsync()).Cart.Single(line => line.Product == 3).Quantity.ShouldBe(200);
        }
        var entries = (await oneStore.ReadCustomerAsync(7));
        entries.Select(entry => entry.Version).ShouldBe(Enumerable.Range(1, 202));
        await oneStore.DisposeAsync();
        await otherStore.DisposeAsync();
    }

    [CommonFact]
    public async Task That_somebody_was_erased_is_said_across_silos()
    {
        var (silos, store) = await StartAsync(2);
        await using var _ = silos;
        await using var __ = store;
        for (var customer = 1; customer <= 8; customer++)
        {
            await silos.Customer(customer).RecordAsync(Added(3));
            await silos.Customer(customer).EraseAsync("ana");
            var erased = customer;
            await Should.ThrowAsync<CustomerErasedException>(async () => await silos.Customer(erased).RecordAsync(Added(3)));
        }
    }

    [CommonFact]
    public async Task A_question_for_a_category_means_the_same_on_every_silo()
    {
        var (silos, store) = await StartAsync(2);
        await using var _ = silos;
        await using var __ = store;
        for (var customer = 1; customer <= 20; customer++)
        {
            var items = (
                await silos.Customer(customer).RecommendAsync(new RecommendationQuery(Placement.Home) { Category = "Shoes" })
            ).Items;
            items.Length.ShouldBe(5);
            items.ShouldAllBe(item => item.Product <= 5);
            (
                await silos.Customer(customer).RecommendAsync(new RecommendationQuery(Placement.Home) { Category = "Gloves" })
            ).Items.ShouldBeEmpty();
        }
    }

    [CommonFact]
    public async Task Customers_on_different_silos_merge_and_unmerge()
    {
        var (silos, store) = await StartAsync(3);
        await using var _ = silos;
        await using var __ = store;
        for (var pair = 0; pair < 8; pair++)
        {
            var (source, target) = (100 + pair, 200 + pair);
            await silos.Customer(source).RecordAsync(Added(3));
            await silos.Customer(target).RecordAsync(Added(4));
            (await silos.Customer(target).MergeAsync(source, "ana")).ShouldBe(MergeOutcome.Merged);
            (await silos.Customer(source).ReadAsync()).Customer.ShouldBe(target);
            (await silos.Customer(source).ReadAsync()).Cart.Length.ShouldBe(2);
            (await silos.Customer(target).UnmergeAsync(source, "ana")).ShouldBeTrue();
            (await silos.Customer(source).ReadAsync()).Cart.Single().Product.ShouldBe(3);
        }
    }
}

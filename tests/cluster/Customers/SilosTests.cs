using Personalization.Catalogue;
using Personalization.ClusterTests.Support;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Grains;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Silo;
using Personalization.Silo.Tables;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.ClusterTests.Customers;

/// <summary>Customers on several silos of one cluster, each with a store of its own on one PostgreSQL.</summary>
[NeedsPostgres]
public sealed class SilosTests : IAsyncLifetime
{
    readonly TempDirectory directory = new();
    string database = "";
    int messages,
        worlds;

    public async Task InitializeAsync() => database = TestPostgres.Programs is null ? "" : await TestPostgres.NewDatabaseAsync();

    public async Task DisposeAsync()
    {
        if (database != "")
            await TestPostgres.DropDatabaseAsync(database);
        directory.Dispose();
    }

    async Task<(TestSilos Silos, IStore Store)> StartAsync(int count)
    {
        var options = new StoreOptions { DataDirectory = directory.Path, ConnectionString = database };
        var store = await Stores.OpenAsync(options, TimeProvider.System);
        var tables = await OrleansTables.OpenPostgresAsync(database);
        return (await TestSilos.StartAsync(count, store, NewShop, TimeProvider.System, ClusterHost.Postgres, tables), store);
    }

    /// <summary>Every other silo has met the products from the last to the first.</summary>
    ShopContext NewShop()
    {
        var catalogue = new ProductCatalogue();
        var numbers = Enumerable.Range(1, 10);
        foreach (var number in Interlocked.Increment(ref worlds) % 2 == 0 ? numbers : numbers.Reverse())
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
                Message = (ulong)Interlocked.Increment(ref messages),
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
            var services = silos.Cluster.GetSiloServiceProvider(silos.Cluster.Silos[i % 3].SiloAddress);
            var asked = (IGrainFactory)services.GetService(typeof(IGrainFactory))!;
            for (var customer = 1; customer <= 20; customer++)
                await asked.Customer(customer).RecordAsync(Added(3));
        });
        var management = silos.Grains.GetGrain<IManagementGrain>(0);
        var activations = (await management.GetDetailedGrainStatistics())
            .Where(one => one.GrainType.Contains(nameof(CustomerGrain)))
            .ToList();
        activations.Count.ShouldBe(20);
        activations.Select(one => one.SiloAddress).Distinct().Count().ShouldBeGreaterThan(1);
        for (var customer = 1; customer <= 20; customer++)
            (await silos.Customers.ReadAsync(customer)).Cart.Single().Quantity.ShouldBe(60);
    }

    [CommonFact]
    public async Task Turns_of_one_customer_do_not_interleave()
    {
        var (silos, store) = await StartAsync(2);
        await using var _ = silos;
        await using var __ = store;
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => silos.Customers.RecordAsync(5, Added(3)).AsTask()));
        var view = await silos.Customers.ReadAsync(5);
        (view.Events, view.Version, view.Cart.Single().Quantity).ShouldBe((300, 300, 300));
    }

    [CommonFact]
    public async Task What_was_acknowledged_survives_the_death_of_a_silo()
    {
        var (silos, store) = await StartAsync(3);
        await using var _ = silos;
        await using var __ = store;
        for (var customer = 1; customer <= 60; customer++)
            await silos.Customers.RecordAsync(customer, Added(1 + customer % 9));
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        for (var customer = 1; customer <= 60; customer++)
        {
            await silos.Customers.RecordAsync(customer, Added(1 + customer % 9));
            (await silos.Customers.ReadAsync(customer)).Cart.Single().Quantity.ShouldBe(2, $"customer {customer}");
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
            Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? one : other).Customers.RecordAsync(7, Added(3)).AsTask())
        );
        foreach (var half in new[] { one, other })
        {
            await half.Customers.RecordAsync(7, Added(4));
            (await half.Customers.ReadAsync(7)).Cart.Single(line => line.Product == 3).Quantity.ShouldBe(200);
        }
        var entries = (await oneStore.ReadCustomerAsync(7, withSnapshot: false)).Entries;
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
            await silos.Customers.RecordAsync(customer, Added(3));
            await silos.Customers.EraseAsync(customer, "ana");
            var erased = customer;
            await Should.ThrowAsync<CustomerErasedException>(async () => await silos.Customers.RecordAsync(erased, Added(3)));
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
                await silos.Customers.RecommendAsync(customer, new RecommendationQuery(Placement.Home) { Category = "Shoes" })
            ).Items;
            items.Length.ShouldBe(5);
            items.ShouldAllBe(item => item.Product <= 5);
            (
                await silos.Customers.RecommendAsync(customer, new RecommendationQuery(Placement.Home) { Category = "Gloves" })
            ).Items.ShouldBeEmpty();
        }
    }

    [CommonFact]
    public async Task Customers_on_different_silos_join_and_split()
    {
        var (silos, store) = await StartAsync(3);
        await using var _ = silos;
        await using var __ = store;
        for (var pair = 0; pair < 8; pair++)
        {
            var (source, target) = (100 + pair, 200 + pair);
            await silos.Customers.RecordAsync(source, Added(3));
            await silos.Customers.RecordAsync(target, Added(4));
            (await silos.Customers.MergeAsync(source, target, "ana")).ShouldBe(MergeOutcome.Merged);
            (await silos.Customers.ReadAsync(source)).Customer.ShouldBe(target);
            (await silos.Customers.ReadAsync(source)).Cart.Length.ShouldBe(2);
            (await silos.Customers.UnmergeAsync(target, source, "ana")).ShouldBeTrue();
            (await silos.Customers.ReadAsync(source)).Cart.Single().Product.ShouldBe(3);
        }
    }
}

using System.Data.Common;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Personalization.Tests.Cluster.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Cluster.Customers;

/// <summary>What a customer does, as a grain in a real silo, over each database.</summary>
public abstract partial class CustomersTests : IAsyncLifetime
{
    const long Minute = 60_000,
        Hour = 60 * Minute,
        Day = 24 * Hour;
    static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    readonly TempDirectory _directory = new();
    int _messages;

    protected TestClock Clock { get; } = new(Start);
    protected IStore Store { get; private set; } = null!;
    protected DbDataSource Tables { get; private set; } = null!;
    protected TestSilos Silos { get; private set; } = null!;
    protected string Data => _directory.Path;

    /// <summary>What Orleans calls the database.</summary>
    protected abstract string Invariant { get; }

    protected abstract Task<IStore> OpenStoreAsync();

    protected abstract Task<DbDataSource> OpenTablesAsync();

    static ShopContext ShopContext { get; } = NewShop();

    static ShopContext NewShop()
    {
        var catalogue = new ProductCatalogue();
        for (var number = 1; number <= 30; number++)
            catalogue.Apply(new Product { Number = number, Id = $"p{number}" });
        return new ShopContext
        {
            Shop = new ShopSettings(default, new Dictionary<Currency, decimal>()),
            Catalogue = catalogue,
            Index = new ItemIndex(new ItemIndexOptions(), catalogue),
        };
    }

    public virtual async Task InitializeAsync()
    {
        Store = await OpenStoreAsync();
        Tables = await OpenTablesAsync();
        Silos = await StartAsync("shop");
    }

    public virtual async Task DisposeAsync()
    {
        await Silos.DisposeAsync();
        await Store.DisposeAsync();
        await Tables.DisposeAsync();
        _directory.Dispose();
    }

    Task<TestSilos> StartAsync(string service) =>
        TestSilos.StartAsync(1, Store, () => ShopContext, Clock, Invariant, Tables, service);

    async Task RestartAsync()
    {
        await Silos.DisposeAsync();
        await Store.DisposeAsync();
        Store = await OpenStoreAsync();
        Silos = await StartAsync("shop");
    }

    long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    ICustomerGrain Customer(long number) => Silos.Customer(number);

    Tracked Event(
        EventKind kind,
        int product = 0,
        long ago = 0,
        string? reference = null,
        long amount = 0,
        long name = 1,
        long linked = 0
    ) =>
        new()
        {
            Kind = kind,
            Time = Now - ago,
            Received = Now,
            Message = (ulong)Interlocked.Increment(ref _messages),
            Name = name,
            LinkedName = linked,
            Lines = product == 0 ? [] : [new OrderLine(product, 1, amount)],
            Reference = reference,
            Amount = amount,
            BaseAmount = amount,
            Marks = linked != 0 ? EventMarks.UnderUserId : 0,
        };

    ValueTask<Recorded> Record(long customer, params Tracked[] events) =>
        Customer(customer).RecordAsync(new RecordRequest(events));

    async Task<string> Seen(long customer) => Look(await Customer(customer).ReadAsync());

    /// <summary>The same from the journal alone, without snapshots and grains.</summary>
    async Task<string> Replayed(long customer) => Look(await ReplayAsync(customer));

    async Task<CustomerView> ReplayAsync(long customer) => (await Store.EndOfAsync(customer)).Customer!.View(Now, ShopContext);

    static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            tries.ShouldBeLessThan(3000);
            await Task.Delay(10);
        }
    }

    /// <summary>All of a customer that does not depend on numbers given in order of arrival.</summary>
    static string Look(CustomerView v) =>
        string.Join(
            " | ",
            v.Events,
            v.Visits,
            v.FirstSeen,
            v.LastSeen,
            v.Orders,
            v.Revenue,
            v.Cancellations,
            v.Cancelled,
            v.LastOrder,
            v.Known,
            "cart " + string.Join(",", v.Cart.Select(line => $"{line.Product}x{line.Quantity}")),
            "favourites " + string.Join(",", v.Favourites),
            "viewed " + string.Join(",", v.RecentlyViewed),
            "draft " + v.Draft?.Reference,
            "consents " + string.Join(",", v.Consents.Select(c => $"{c.Channel}/{c.Topic}={c.Granted}").Order())
        );

    [CommonFact]
    public async Task An_answer_shows_the_event_that_was_acknowledged_before_it()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(1, 2000),
            new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (customer, _) =>
            {
                for (var product = 1; product <= 4; product++)
                {
                    await Record(customer, Event(EventKind.ProductViewed, product + customer % 20));
                    (await Customer(customer).ReadAsync()).RecentlyViewed[0].ShouldBe(product + customer % 20);
                }
            }
        );
    }

    [CommonFact]
    public async Task Concurrent_calls_of_one_customer_take_turns_and_all_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Record(5, Event(EventKind.ProductAdded, 3)).AsTask()));
        var view = await Customer(5).ReadAsync();
        (view.Events, view.Cart.Single().Quantity, view.Version).ShouldBe((200, 200, 200));
    }

    [CommonFact]
    public async Task Customers_know_nothing_of_each_other()
    {
        await Record(1, Event(EventKind.ProductAdded, 7));
        (await Customer(2).ReadAsync()).Events.ShouldBe(0);
        (await Customer(2).ReadAsync()).Cart.ShouldBeEmpty();
    }

    [CommonFact]
    public async Task A_message_sent_twice_counts_once()
    {
        var order = Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 500_000);
        await Record(1, order);
        (await Record(1, order)).Duplicates.ShouldBe([true]);
        (await Record(1, Event(EventKind.ProductViewed, 9), order)).Duplicates.ShouldBe([false, true]);
        var twice = Event(EventKind.ProductViewed, 2);
        (await Record(1, twice, twice)).Duplicates.ShouldBe([false, true]);
        var view = await Customer(1).ReadAsync();
        (view.Events, view.Orders, view.Revenue).ShouldBe((3, 1, 500_000));
    }

    [CommonFact]
    public async Task A_message_is_known_again_after_leaving_memory_and_after_a_restart()
    {
        var order = Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 500_000);
        await Record(1, order);
        await Silos.DeactivateAllAsync();
        (await Record(1, order)).Duplicates.ShouldBe([true]);
        await RestartAsync();
        (await Record(1, order)).Duplicates.ShouldBe([true]);
        (await Customer(1).ReadAsync()).Orders.ShouldBe(1);
    }

    [CommonFact]
    public async Task An_order_that_comes_again_under_another_message_counts_once()
    {
        await Record(1, Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 500_000));
        await Record(1, Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 450_000));
        var view = await Customer(1).ReadAsync();
        (view.Orders, view.Revenue).ShouldBe((1, 450_000));
    }

    [CommonFact]
    public async Task Of_two_activations_the_one_that_lost_reloads_and_nothing_is_lost_or_doubled()
    {
        await using var others = await StartAsync("other shop");
        var other = others.Customer(1);
        await Record(1, Event(EventKind.ProductAdded, 3));
        await other.RecordAsync(new RecordRequest([Event(EventKind.ProductAdded, 3)]));
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .SelectMany(_ =>
                    new[]
                    {
                        Record(1, Event(EventKind.ProductAdded, 3)).AsTask(),
                        other.RecordAsync(new RecordRequest([Event(EventKind.ProductAdded, 3)])).AsTask(),
                    }
                )
        );
        (await ReplayAsync(1)).Cart.Single().Quantity.ShouldBe(102);
        await Record(1, Event(EventKind.PageViewed));
        (await Customer(1).ReadAsync()).Cart.Single().Quantity.ShouldBe(102);
    }

    [CommonFact]
    public async Task A_silo_that_died_without_a_word_left_everything_acknowledged()
    {
        await Record(1, Event(EventKind.ProductViewed, 3), Event(EventKind.ProductAdded, 3));
        await Record(1, Event(EventKind.OrderCompleted, 3, reference: "o-1", amount: 10_000));
        var before = await Seen(1);
        (await Replayed(1)).ShouldBe(before);
        await RestartAsync();
        (await Seen(1)).ShouldBe(before);
    }

    [CommonFact]
    public async Task A_snapshot_says_what_the_journal_says()
    {
        for (var i = 0; i < 60; i++)
            await Record(1, Event(EventKind.ProductViewed, 1 + i % 9), Event(EventKind.ProductFavourited, 1 + i % 4));
        await Record(1, Event(EventKind.Subscribed, reference: "email"));
        var before = await Seen(1);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 1);
        (await Seen(1)).ShouldBe(before);
        await Record(1, Event(EventKind.ProductAdded, 8));
        var after = await Seen(1);
        (await Replayed(1)).ShouldBe(after);
    }

    [CommonFact]
    public async Task The_order_of_arrival_leaves_no_trace()
    {
        Tracked[] events =
        [
            Event(EventKind.ProductViewed, 3, ago: 5 * Hour),
            Event(EventKind.ProductAdded, 3, ago: 4 * Hour),
            Event(EventKind.ProductAdded, 5, ago: 3 * Hour),
            Event(EventKind.ProductRemoved, 3, ago: 2 * Hour),
            Event(EventKind.OrderCompleted, 5, ago: 2 * Hour, reference: "o", amount: 70_000),
            Event(EventKind.ProductFavourited, 9, ago: 2 * Hour),
            Event(EventKind.ProductAdded, 6, ago: 1 * Hour),
        ];
        await Record(100, events);
        var expected = await Seen(100);
        var random = new Random(7);
        for (var customer = 101; customer < 121; customer++)
        {
            foreach (var e in events.OrderBy(_ => random.Next()).ToList())
                await Record(customer, e);
            (await Seen(customer)).ShouldBe(expected);
            (await Replayed(customer)).ShouldBe(expected);
        }
    }

    [CommonFact]
    public async Task A_merge_makes_one_history_and_forwards_for_ever()
    {
        await Record(
            1,
            Event(EventKind.ProductViewed, 3, ago: 2 * Hour, name: 11),
            Event(EventKind.ProductAdded, 4, ago: 90 * Minute, name: 11)
        );
        await Record(2, Event(EventKind.ProductViewed, 5, ago: Hour, name: 12));
        (await Customer(2).MergeAsync(1, null)).ShouldBe(MergeOutcome.Merged);
        var view = await Customer(2).ReadAsync();
        (view.Events, view.Cart.Single().Product).ShouldBe((3, 4));
        view.RecentlyViewed.ShouldBe([5, 3]);
        (await Customer(1).ReadAsync()).Customer.ShouldBe(2);
        await Record(1, Event(EventKind.ProductViewed, 6, name: 11));
        (await Customer(2).ReadAsync()).RecentlyViewed[0].ShouldBe(6);
        (await Replayed(1)).ShouldBe(await Seen(2));
        (await Customer(2).MergeAsync(1, null)).ShouldBe(MergeOutcome.AlreadyOne);
    }

    [CommonFact]
    public async Task Messages_counted_before_a_merge_stay_counted()
    {
        var order = Event(EventKind.OrderCompleted, 3, reference: "o", amount: 30_000, name: 11);
        await Record(1, order);
        await Customer(2).MergeAsync(1, null);
        (await Record(2, order)).Duplicates.ShouldBe([true]);
        (await Customer(2).ReadAsync()).Orders.ShouldBe(1);
    }

    [CommonFact]
    public async Task An_unmerge_leaves_both_as_if_never_merged_and_gives_back_what_came_since()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
        ]);
        var (one, two) = (names[0].Number, names[1].Number);
        await Record(
            1,
            Event(EventKind.ProductAdded, 4, ago: 3 * Hour, name: one),
            Event(EventKind.Unsubscribed, ago: 3 * Hour, name: one, reference: "email")
        );
        await Record(2, Event(EventKind.ProductAdded, 5, ago: 2 * Hour, name: two));
        await Customer(2).MergeAsync(1, "ana");
        await Record(
            2,
            Event(EventKind.ProductAdded, 6, ago: Hour, name: one),
            Event(EventKind.OrderCompleted, 5, ago: Hour, name: two, reference: "o", amount: 9)
        );
        (await Customer(2).ReadAsync()).Events.ShouldBe(5);

        (await Customer(2).UnmergeAsync(1, "ana")).ShouldBeTrue();

        await Record(
            11,
            Event(EventKind.ProductAdded, 4, ago: 3 * Hour, name: one),
            Event(EventKind.Unsubscribed, ago: 3 * Hour, name: one, reference: "email"),
            Event(EventKind.ProductAdded, 6, ago: Hour, name: one)
        );
        await Record(
            12,
            Event(EventKind.ProductAdded, 5, ago: 2 * Hour, name: two),
            Event(EventKind.OrderCompleted, 5, ago: Hour, name: two, reference: "o", amount: 9)
        );
        (await Seen(1)).ShouldBe(await Seen(11));
        (await Seen(2)).ShouldBe(await Seen(12));
        (await Replayed(1)).ShouldBe(await Seen(11));
        (await Replayed(2)).ShouldBe(await Seen(12));
        (await Store.FindNameAsync(NameKind.User, "one"))!.Customer.ShouldBe(1);
        (await Customer(2).UnmergeAsync(1, "ana")).ShouldBeFalse();
    }

    [CommonFact]
    public async Task Consent_is_never_widened_by_a_merge()
    {
        await Record(1, Event(EventKind.Subscribed, ago: Hour, reference: "email", name: 11));
        await Record(2, Event(EventKind.Unsubscribed, ago: 2 * Hour, reference: "email", name: 12));
        await Customer(2).MergeAsync(1, null);
        (await Customer(2).ReadAsync()).Consents.Single().Granted.ShouldBeFalse();
    }

    [CommonFact]
    public async Task A_wake_up_time_is_written_once_a_visit_and_moves_on_when_the_visit_does()
    {
        await Record(1, Event(EventKind.ProductAdded, 3));
        var first = (await Store.ReadDueAsync(Now + Day, 10)).Single();
        first.Due.ShouldBe(Now + 30 * Minute);
        Clock.Advance(TimeSpan.FromMinutes(10));
        await Record(1, Event(EventKind.ProductViewed, 4));
        (await Store.ReadDueAsync(Now + Day, 10)).Single().ShouldBe(first);
        Clock.Advance(TimeSpan.FromMinutes(20));
        await Customer(1).WakeAsync(Now);
        (await Store.ReadDueAsync(Now + Day, 10)).Single().Due.ShouldBe(Now + 10 * Minute);
    }

    [CommonFact]
    public async Task A_wake_up_is_armed_again_by_a_customer_that_was_out_of_memory()
    {
        for (var i = 0; i < 30; i++)
            await Record(1, Event(EventKind.ProductViewed, 3));
        await Silos.DeactivateAllAsync();
        Clock.Advance(TimeSpan.FromHours(2));
        await Customer(1).WakeAsync(Now);
        await Record(1, Event(EventKind.ProductAdded, 5));
        (await Store.ReadDueAsync(Now + Day, 10)).ShouldContain((1, Now + 30 * Minute));
    }

    [CommonFact]
    public async Task A_cart_left_is_warned_of_and_an_order_answers_the_warning()
    {
        await Record(1, Event(EventKind.ProductAdded, 3, amount: 200_000));
        Clock.Advance(TimeSpan.FromHours(3));
        await Customer(1).WakeAsync(Now);
        var warning = (await Customer(1).ReadAsync()).Warnings.Single();
        (warning.Policy, warning.MoneyAtRisk).ShouldBe((WarningPolicy.CartLeft, 200_000));
        await Record(1, Event(EventKind.OrderCompleted, 3, reference: "o", amount: 200_000));
        (await Customer(1).ReadAsync()).Warnings.ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Silence_raises_a_churn_warning_on_the_day_it_is_armed_for()
    {
        for (var week = 8; week > 0; week--)
            await Record(1, Event(EventKind.OrderCompleted, 3, ago: week * 7 * Day, reference: $"o{week}", amount: 300_000));
        for (var wakes = 0; wakes < 60 && (await Customer(1).ReadAsync()).Warnings.Length == 0; wakes++)
        {
            var due = (await Store.ReadDueAsync(long.MaxValue, 1)).Single().Due;
            if (due > Now)
                Clock.Advance(TimeSpan.FromMilliseconds(due - Now));
            await Customer(1).WakeAsync(Now);
        }
        var warning = (await Customer(1).ReadAsync()).Warnings.Single();
        warning.Policy.ShouldBe(WarningPolicy.Churn);
        warning.Reasons.ShouldNotBeEmpty();
        warning.RaisedAt.ShouldBeGreaterThan(Start.ToUnixTimeMilliseconds());
        (await Customer(1).CloseWarningAsync(warning.Warning, WarningOutcome.NotInterested, "ana", null)).ShouldBeTrue();
        Clock.Advance(TimeSpan.FromDays(8));
        await Customer(1).WakeAsync(Now);
        (await Customer(1).ReadAsync()).Warnings.ShouldBeEmpty(
            "what a person has closed stays closed until the customer buys again"
        );
    }

    [CommonFact]
    public async Task An_erased_customer_has_no_name_and_no_history_and_neither_have_those_merged_into_it()
    {
        await Store.ClaimNamesAsync([new NameClaim(NameKind.User, "one", 1, 0), new NameClaim(NameKind.User, "two", 2, 0)]);
        await Record(1, Event(EventKind.ProductAdded, 4));
        await Record(2, Event(EventKind.ProductAdded, 5));
        await Customer(2).MergeAsync(1, "ana");
        var erasure = new CustomerErasure(
            Store,
            Silos.Grains,
            new AddressKeys(new byte[32]),
            new NameCache(new ShopClock(Clock), shared: false),
            new ShopClock(Clock),
            messages => messages.Count
        );
        (await erasure.EraseAsync(2, "ana", default)).Forwarders.ShouldBe(1);
        (await Store.FindNameAsync(NameKind.User, "one")).ShouldBeNull();
        (await Store.FindNameAsync(NameKind.User, "two")).ShouldBeNull();
        foreach (var view in new[] { await Customer(2).ReadAsync(), await ReplayAsync(2) })
            (view.IsErased, view.Events, view.Cart.Length).ShouldBe((true, 0, 0));
    }

    [CommonFact]
    public async Task A_product_never_to_be_shown_is_remembered()
    {
        await Record(1, Event(EventKind.ProductViewed, 3));
        await Customer(1)
            .HideAsync(
                new NeverShow
                {
                    Time = Now,
                    Product = 3,
                    Hidden = true,
                }
            );
        var query = new RecommendationQuery(Placement.Home, 30);
        (await Customer(1).RecommendAsync(query)).Items.ShouldNotContain(item => item.Product == 3);
        await Silos.DeactivateAllAsync();
        (await Customer(1).RecommendAsync(query)).Items.ShouldNotContain(item => item.Product == 3);
    }

    [CommonFact]
    public async Task A_message_is_handed_over_once()
    {
        await Record(
            1,
            Event(EventKind.Subscribed, ago: 3 * Hour, reference: "email"),
            Identify("ana@shop.test"),
            Event(EventKind.ProductAdded, 3, ago: 2 * Hour, amount: 10_000)
        );
        Clock.Advance(TimeSpan.FromHours(1));
        await Customer(1).WakeAsync(Now);
        var queued = (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).Single();
        queued.Playbook.ShouldBe("abandoned-cart");
        var message = await Customer(1).DispatchAsync(queued.Message);
        message!.Address.ShouldBe("ana@shop.test");
        message.Cart.Single().Product.ShouldBe(3);
        (await Customer(1).DispatchAsync(queued.Message)).ShouldBeNull();
        await Silos.DeactivateAllAsync();
        (await Customer(1).DispatchAsync(queued.Message)).ShouldBeNull();
        (await Store.FindOutboxAsync(queued.Message))!.State.ShouldBe(OutboxState.Dispatched);
        await Customer(1).WakeAsync(Now + Hour);
        (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task A_message_that_another_activation_dispatched_counts_also_where_this_one_meant_to()
    {
        await Record(
            1,
            Event(EventKind.Subscribed, ago: 3 * Hour, reference: "email"),
            Identify("ana@shop.test"),
            Event(EventKind.ProductAdded, 3, ago: 2 * Hour, amount: 10_000)
        );
        Clock.Advance(TimeSpan.FromHours(1));
        await Customer(1).WakeAsync(Now);
        var queued = (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).Single();
        var other = new JournaledCustomer(1);
        await other.LoadAsync(Store);
        var (turn, message) = other.Customer!.Dispatch(queued.Message, new Mailbox(), Now, ShopContext);
        message.ShouldNotBeNull();
        (await other.CommitAsync(Store, turn, Now, [])).Outcome.ShouldBe(CommitOutcome.Committed);

        (await Customer(1).DispatchAsync(queued.Message)).ShouldBeNull();

        var key = new AddressKeys(new byte[32]).KeyOf("email", "ana@shop.test");
        var mailbox = await Silos.Grains.GetGrain<IAddressGrain>(key).ReadAsync();
        mailbox.Sends.StateOf(queued.Message).ShouldBe(MessageState.Queued, "reserved, and not released");
    }

    [CommonFact]
    public async Task An_order_takes_a_waiting_message_out_of_the_outbox_and_says_so()
    {
        await Record(
            1,
            Event(EventKind.Subscribed, ago: 3 * Hour, reference: "email"),
            Identify("ana@shop.test"),
            Event(EventKind.ProductAdded, 3, ago: 2 * Hour, amount: 10_000)
        );
        Clock.Advance(TimeSpan.FromHours(1));
        await Customer(1).WakeAsync(Now);
        var order = new RecordRequest([Event(EventKind.OrderCompleted, 3, reference: "o", amount: 10_000)])
        {
            Include = Include.Outreach,
        };
        var recorded = await Customer(1).RecordAsync(order);
        recorded.Outreach!.Cancelled.Single().Why.ShouldBe(Withheld.NoLongerApplies);
        (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task An_import_sends_nobody_a_message()
    {
        Tracked[] history =
        [
            Event(EventKind.Subscribed, ago: 3 * Hour, reference: "email"),
            Identify("ana@shop.test"),
            Event(EventKind.ProductAdded, 3, ago: 2 * Hour, amount: 10_000),
        ];
        await Customer(1)
            .RecordAsync(
                new RecordRequest([.. history.Select(e => e with { Marks = e.Marks | EventMarks.Imported })]) { Imported = true }
            );
        Clock.Advance(TimeSpan.FromHours(1));
        await Customer(1).WakeAsync(Now);
        (await Customer(1).ReadAsync()).Warnings.Length.ShouldBe(1);
        (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
        (await Customer(1).DryRunAsync("abandoned-cart")).Withheld.ShouldContain(Withheld.FromImport);
    }

    Tracked Identify(string email) =>
        Event(EventKind.Identified, ago: 3 * Hour) with
        {
            Marks = EventMarks.UnderUserId,
            Personal = new PersonalPart { Traits = $$"""{"email":"{{email}}","firstName":"Ana"}""" },
        };
}

public sealed class CustomersOnSqlite : CustomersTests
{
    protected override string Invariant => SiloHosting.Sqlite;

    protected override Task<IStore> OpenStoreAsync() => Stores.OpenAsync(new StoreOptions { DataDirectory = Data }, Clock);

    protected override Task<DbDataSource> OpenTablesAsync() => OrleansTables.OpenSqliteAsync(Path.Combine(Data, "snapshots.db"));
}

[NeedsPostgres]
public sealed class CustomersOnPostgres : CustomersTests
{
    string _database = "";

    protected override string Invariant => SiloHosting.Postgres;

    protected override Task<IStore> OpenStoreAsync() =>
        Stores.OpenAsync(new StoreOptions { DataDirectory = Data, ConnectionString = _database }, Clock);

    protected override Task<DbDataSource> OpenTablesAsync() => OrleansTables.OpenPostgresAsync(_database);

    public override async Task InitializeAsync()
    {
        _database = await TestPostgres.NewDatabaseAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await TestPostgres.DropDatabaseAsync(_database);
    }
}

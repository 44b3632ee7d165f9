using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>What every host of customers must do, whatever it runs on. A host's own class says how it is opened.</summary>
public abstract class CustomersConformance : IAsyncLifetime
{
    protected const long Minute = 60_000,
        Hour = 60 * Minute,
        Day = 24 * Hour;
    protected static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    readonly TempDirectory directory = new();
    int messages;

    protected TestClock Clock { get; } = new(Start);
    protected IStore Store { get; private set; } = null!;
    protected ICustomers Customers { get; private set; } = null!;
    protected string Data => directory.Path;

    protected abstract Task<IStore> OpenStoreAsync();

    /// <summary>A new host over a store, as a process has after a start.</summary>
    protected abstract ICustomers NewHost(IStore store, ShopContext world);

    /// <summary>Lets the host put everything out of memory.</summary>
    protected abstract Task DeactivateAsync(ICustomers host);

    protected virtual async Task<bool> IsSnapshotKeptAsync(long customer) =>
        (await Store.ReadCustomerAsync(customer)).Snapshot is not null;

    /// <summary>A new host that finds no snapshot of anybody.</summary>
    protected virtual ICustomers NewHostWithoutSnapshots() => NewHost(WithoutSnapshots.Over(Store), ShopContext);

    protected static ShopContext ShopContext { get; } = NewShop();

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
        Customers = NewHost(Store, ShopContext);
    }

    public virtual async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        directory.Dispose();
    }

    protected long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    protected Tracked Event(
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
            Message = (ulong)Interlocked.Increment(ref messages),
            Name = name,
            LinkedName = linked,
            Lines = product == 0 ? [] : [new OrderLine(product, 1, amount)],
            Reference = reference,
            Amount = amount,
            BaseAmount = amount,
            Marks = linked != 0 ? EventMarks.UnderUserId : 0,
        };

    protected ValueTask<Recorded> Record(long customer, params Tracked[] events) =>
        Customers.RecordAsync(customer, new RecordRequest(events));

    protected async Task<string> Seen(long customer, ICustomers? host = null) =>
        Look(await (host ?? Customers).ReadAsync(customer));

    /// <summary>All of a customer that does not depend on numbers given in order of arrival.</summary>
    protected static string Look(CustomerView v) =>
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

    async Task RestartAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenStoreAsync();
        Customers = NewHost(Store, ShopContext);
    }

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
                    (await Customers.ReadAsync(customer)).RecentlyViewed[0].ShouldBe(product + customer % 20);
                }
            }
        );
    }

    [CommonFact]
    public async Task Concurrent_calls_of_one_customer_take_turns_and_all_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Record(5, Event(EventKind.ProductAdded, 3)).AsTask()));
        var view = await Customers.ReadAsync(5);
        (view.Events, view.Cart.Single().Quantity, view.Version).ShouldBe((200, 200, 200));
    }

    [CommonFact]
    public async Task Customers_know_nothing_of_each_other()
    {
        await Record(1, Event(EventKind.ProductAdded, 7));
        (await Customers.ReadAsync(2)).Events.ShouldBe(0);
        (await Customers.ReadAsync(2)).Cart.ShouldBeEmpty();
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
        var view = await Customers.ReadAsync(1);
        (view.Events, view.Orders, view.Revenue).ShouldBe((3, 1, 500_000));
    }

    [CommonFact]
    public async Task A_message_is_known_again_after_leaving_memory_and_after_a_restart()
    {
        var order = Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 500_000);
        await Record(1, order);
        await DeactivateAsync(Customers);
        (await Record(1, order)).Duplicates.ShouldBe([true]);
        await RestartAsync();
        (await Record(1, order)).Duplicates.ShouldBe([true]);
        (await Customers.ReadAsync(1)).Orders.ShouldBe(1);
    }

    [CommonFact]
    public async Task An_order_that_comes_again_under_another_message_counts_once()
    {
        await Record(1, Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 500_000));
        await Record(1, Event(EventKind.OrderCompleted, 4, reference: "o-1", amount: 450_000));
        var view = await Customers.ReadAsync(1);
        (view.Orders, view.Revenue).ShouldBe((1, 450_000));
    }

    [CommonFact]
    public async Task Of_two_activations_the_one_that_lost_reloads_and_nothing_is_lost_or_doubled()
    {
        var other = NewHost(Store, ShopContext);
        await Record(1, Event(EventKind.ProductAdded, 3));
        await other.RecordAsync(1, new RecordRequest([Event(EventKind.ProductAdded, 3)]));
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .SelectMany(_ =>
                    new[]
                    {
                        Record(1, Event(EventKind.ProductAdded, 3)).AsTask(),
                        other.RecordAsync(1, new RecordRequest([Event(EventKind.ProductAdded, 3)])).AsTask(),
                    }
                )
        );
        var fresh = NewHost(Store, ShopContext);
        (await fresh.ReadAsync(1)).Cart.Single().Quantity.ShouldBe(102);
        await Record(1, Event(EventKind.PageViewed));
        (await Customers.ReadAsync(1)).Cart.Single().Quantity.ShouldBe(102);
    }

    [CommonFact]
    public async Task A_host_that_died_without_a_word_left_everything_acknowledged()
    {
        await Record(1, Event(EventKind.ProductViewed, 3), Event(EventKind.ProductAdded, 3));
        await Record(1, Event(EventKind.OrderCompleted, 3, reference: "o-1", amount: 10_000));
        var before = await Seen(1);
        (await Seen(1, NewHost(Store, ShopContext))).ShouldBe(before);
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
        await DeactivateAsync(Customers);
        // Written behind: it comes soon, not at once.
        for (var tries = 0; !await IsSnapshotKeptAsync(1); tries++)
        {
            tries.ShouldBeLessThan(500);
            await Task.Delay(10);
        }
        (await Seen(1)).ShouldBe(before);
        await Record(1, Event(EventKind.ProductAdded, 8));
        var after = await Seen(1);
        (await Seen(1, NewHostWithoutSnapshots())).ShouldBe(after);
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
            (await Seen(customer, NewHost(Store, ShopContext))).ShouldBe(expected);
        }
    }

    [CommonFact]
    public async Task A_join_makes_one_history_and_forwards_for_ever()
    {
        await Record(
            1,
            Event(EventKind.ProductViewed, 3, ago: 2 * Hour, name: 11),
            Event(EventKind.ProductAdded, 4, ago: 90 * Minute, name: 11)
        );
        await Record(2, Event(EventKind.ProductViewed, 5, ago: Hour, name: 12));
        (await Customers.MergeAsync(1, 2, null)).ShouldBe(MergeOutcome.Merged);
        var view = await Customers.ReadAsync(2);
        (view.Events, view.Cart.Single().Product).ShouldBe((3, 4));
        view.RecentlyViewed.ShouldBe([5, 3]);
        (await Customers.ReadAsync(1)).Customer.ShouldBe(2);
        await Record(1, Event(EventKind.ProductViewed, 6, name: 11));
        (await Customers.ReadAsync(2)).RecentlyViewed[0].ShouldBe(6);
        (await Seen(1, NewHost(Store, ShopContext))).ShouldBe(await Seen(2));
        (await Customers.MergeAsync(1, 2, null)).ShouldBe(MergeOutcome.AlreadyOne);
    }

    [CommonFact]
    public async Task Messages_counted_before_a_join_stay_counted()
    {
        var order = Event(EventKind.OrderCompleted, 3, reference: "o", amount: 30_000, name: 11);
        await Record(1, order);
        await Customers.MergeAsync(1, 2, null);
        (await Record(2, order)).Duplicates.ShouldBe([true]);
        (await Customers.ReadAsync(2)).Orders.ShouldBe(1);
    }

    [CommonFact]
    public async Task A_split_leaves_both_as_if_never_joined_and_gives_back_what_came_since()
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
        await Customers.MergeAsync(1, 2, "ana");
        await Record(
            2,
            Event(EventKind.ProductAdded, 6, ago: Hour, name: one),
            Event(EventKind.OrderCompleted, 5, ago: Hour, name: two, reference: "o", amount: 9)
        );
        (await Customers.ReadAsync(2)).Events.ShouldBe(5);

        (await Customers.UnmergeAsync(2, 1, "ana")).ShouldBeTrue();

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
        var fresh = NewHost(Store, ShopContext);
        (await Seen(1, fresh)).ShouldBe(await Seen(11));
        (await Seen(2, fresh)).ShouldBe(await Seen(12));
        (await Store.FindNameAsync(NameKind.User, "one"))!.Customer.ShouldBe(1);
        (await Customers.UnmergeAsync(2, 1, "ana")).ShouldBeFalse();
    }

    [CommonFact]
    public async Task Consent_is_never_widened_by_a_join()
    {
        await Record(1, Event(EventKind.Subscribed, ago: Hour, reference: "email", name: 11));
        await Record(2, Event(EventKind.Unsubscribed, ago: 2 * Hour, reference: "email", name: 12));
        await Customers.MergeAsync(1, 2, null);
        (await Customers.ReadAsync(2)).Consents.Single().Granted.ShouldBeFalse();
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
        await Customers.WakeAsync(1, Now);
        (await Store.ReadDueAsync(Now + Day, 10)).Single().Due.ShouldBe(Now + 10 * Minute);
    }

    [CommonFact]
    public async Task A_wake_up_is_armed_again_by_a_customer_that_was_out_of_memory()
    {
        for (var i = 0; i < 30; i++)
            await Record(1, Event(EventKind.ProductViewed, 3));
        await DeactivateAsync(Customers);
        Clock.Advance(TimeSpan.FromHours(2));
        await Customers.WakeAsync(1, Now);
        await Record(1, Event(EventKind.ProductAdded, 5));
        (await Store.ReadDueAsync(Now + Day, 10)).ShouldContain((1, Now + 30 * Minute));
    }

    [CommonFact]
    public async Task A_cart_left_is_warned_of_and_an_order_answers_the_warning()
    {
        await Record(1, Event(EventKind.ProductAdded, 3, amount: 200_000));
        Clock.Advance(TimeSpan.FromHours(3));
        await Customers.WakeAsync(1, Now);
        var warning = (await Customers.ReadAsync(1)).Warnings.Single();
        (warning.Policy, warning.MoneyAtRisk).ShouldBe((WarningPolicy.CartLeft, 200_000));
        await Record(1, Event(EventKind.OrderCompleted, 3, reference: "o", amount: 200_000));
        (await Customers.ReadAsync(1)).Warnings.ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Silence_raises_a_churn_warning_on_the_day_it_is_armed_for()
    {
        for (var week = 8; week > 0; week--)
            await Record(1, Event(EventKind.OrderCompleted, 3, ago: week * 7 * Day, reference: $"o{week}", amount: 300_000));
        for (var wakes = 0; wakes < 60 && (await Customers.ReadAsync(1)).Warnings.Length == 0; wakes++)
        {
            var due = (await Store.ReadDueAsync(long.MaxValue, 1)).Single().Due;
            if (due > Now)
                Clock.Advance(TimeSpan.FromMilliseconds(due - Now));
            await Customers.WakeAsync(1, Now);
        }
        var warning = (await Customers.ReadAsync(1)).Warnings.Single();
        warning.Policy.ShouldBe(WarningPolicy.Churn);
        warning.Reasons.ShouldNotBeEmpty();
        warning.RaisedAt.ShouldBeGreaterThan(Start.ToUnixTimeMilliseconds());
        (await Customers.CloseWarningAsync(1, warning.Warning, WarningOutcome.NotInterested, "ana", null)).ShouldBeTrue();
        Clock.Advance(TimeSpan.FromDays(8));
        await Customers.WakeAsync(1, Now);
        (await Customers.ReadAsync(1)).Warnings.ShouldBeEmpty(
            "what a person has closed stays closed until the customer buys again"
        );
    }

    [CommonFact]
    public async Task An_erased_customer_has_no_name_no_history_and_no_forwarder()
    {
        await Store.ClaimNamesAsync([new NameClaim(NameKind.User, "one", 1, 0), new NameClaim(NameKind.User, "two", 2, 0)]);
        await Record(1, Event(EventKind.ProductAdded, 4));
        await Record(2, Event(EventKind.ProductAdded, 5));
        await Customers.MergeAsync(1, 2, "ana");
        var receipt = await Customers.EraseAsync(2, "ana");
        receipt.Forwarders.ShouldBe([1]);
        (await Store.FindNameAsync(NameKind.User, "one")).ShouldBeNull();
        (await Store.FindNameAsync(NameKind.User, "two")).ShouldBeNull();
        foreach (var host in new[] { Customers, NewHost(Store, ShopContext) })
        {
            var view = await host.ReadAsync(2);
            (view.IsErased, view.Events, view.Cart.Length).ShouldBe((true, 0, 0));
        }
    }

    [CommonFact]
    public async Task A_product_never_to_be_shown_is_remembered()
    {
        await Record(1, Event(EventKind.ProductViewed, 3));
        await Customers.HideAsync(
            1,
            new NeverShow
            {
                Time = Now,
                Product = 3,
                Hidden = true,
            }
        );
        var query = new RecommendationQuery(Placement.Home, 30);
        (await Customers.RecommendAsync(1, query)).Items.ShouldNotContain(item => item.Product == 3);
        (await NewHost(Store, ShopContext).RecommendAsync(1, query)).Items.ShouldNotContain(item => item.Product == 3);
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
        await Customers.WakeAsync(1, Now);
        var queued = (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).Single();
        queued.Playbook.ShouldBe("abandoned-cart");
        var letter = await Customers.DispatchAsync(1, queued.Message);
        letter!.Address.ShouldBe("ana@shop.test");
        letter.Cart.Single().Product.ShouldBe(3);
        (await Customers.DispatchAsync(1, queued.Message)).ShouldBeNull();
        (await NewHost(Store, ShopContext).DispatchAsync(1, queued.Message)).ShouldBeNull();
        (await Store.FindOutboxAsync(queued.Message))!.State.ShouldBe(OutboxState.Dispatched);
        await Customers.WakeAsync(1, Now + Hour);
        (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
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
        await Customers.WakeAsync(1, Now);
        var order = new RecordRequest([Event(EventKind.OrderCompleted, 3, reference: "o", amount: 10_000)])
        {
            Include = Include.Outreach,
        };
        var recorded = await Customers.RecordAsync(1, order);
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
        await Customers.RecordAsync(
            1,
            new RecordRequest([.. history.Select(e => e with { Marks = e.Marks | EventMarks.Imported })]) { Imported = true }
        );
        Clock.Advance(TimeSpan.FromHours(1));
        await Customers.WakeAsync(1, Now);
        (await Customers.ReadAsync(1)).Warnings.Length.ShouldBe(1);
        (await Store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
        (await Customers.DryRunAsync(1, "abandoned-cart")).Withheld.ShouldContain(Withheld.FromImport);
    }

    Tracked Identify(string email) =>
        Event(EventKind.Identified, ago: 3 * Hour) with
        {
            Marks = EventMarks.UnderUserId,
            Personal = new PersonalPart { Traits = $$"""{"email":"{{email}}","firstName":"Ana"}""" },
        };
}

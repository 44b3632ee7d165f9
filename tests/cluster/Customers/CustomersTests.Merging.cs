using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;

namespace Personalization.Tests.Cluster.Customers;

public abstract partial class CustomersTests
{
    /// <summary>A guard against calls that wait for each other, not a measure.</summary>
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    [CommonFact]
    public async Task Every_call_to_a_customer_merged_over_and_over_is_answered_by_the_last()
    {
        for (var number = 1; number <= 5; number++)
            await Record(number, Event(EventKind.ProductAdded, number, name: 10 + number));
        for (var source = 1; source < 5; source++)
            (await Customer(source + 1).MergeAsync(source, null)).ShouldBe(MergeOutcome.Merged);

        for (var number = 1; number <= 5; number++)
        {
            var customer = Customer(number);
            var view = await customer.ReadAsync();
            (view.Customer, view.Cart.Length).ShouldBe((5, 5));
            (await Record(number, Event(EventKind.ProductFavourited, 10 + number))).Customer.ShouldBe(5);
            (await customer.DryRunAsync("abandoned-cart")).Customer.ShouldBe(5);
            var query = new RecommendationQuery(Placement.Home, 30);
            await customer.HideAsync(Hidden(20 + number));
            (await customer.RecommendAsync(query)).Items.ShouldNotContain(item => item.Product == 20 + number);
            await customer.BundleAsync(query, 10m);
            await customer.WakeAsync(Now);
            (await customer.ChangeConsentAsync(Consent($"topic-{number}"))).ShouldBeTrue();
            (await customer.DispatchAsync(Guid.NewGuid())).ShouldBeNull();
            (await customer.CloseWarningAsync(Guid.NewGuid(), WarningOutcome.Contacted, "ana", null)).ShouldBeFalse();
            (await customer.MergeAsync(number == 5 ? 4 : 5, null)).ShouldBe(MergeOutcome.AlreadyOne);
        }
        var last = await Customer(5).ReadAsync();
        last.Favourites.Order().ShouldBe([11, 12, 13, 14, 15]);
        last.Consents.Length.ShouldBe(5);
    }

    [CommonFact]
    public async Task Customers_merged_and_unmerged_crosswise_under_parallel_calls_never_wait_in_a_circle_and_lose_nothing()
    {
        const int Rounds = 12;
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
            new NameClaim(NameKind.User, "three", 3, 0),
        ]);
        var recorded = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var calls = new List<Task>();
            foreach (var source in new[] { 1, 2, 3 })
            foreach (var target in new[] { 1, 2, 3 }.Where(target => target != source))
            {
                calls.Add(RecordAsync(source));
                calls.Add(Customer(target).MergeAsync(source, "ana").AsTask());
                calls.Add(Customer(source).ReadAsync().AsTask());
                calls.Add(Customer(target).UnmergeAsync(source, "ana").AsTask());
                calls.Add(RecordAsync(target));
            }
            await Task.WhenAll(calls).WaitAsync(Hang);
        }

        var ends = new Dictionary<long, int>();
        for (var number = 1; number <= 3; number++)
        {
            var view = await Customer(number).ReadAsync();
            ends[view.Customer] = view.Events;
            (await Seen(number)).ShouldBe(await Replayed(number));
        }
        ends.Values.Sum().ShouldBe(recorded);

        async Task RecordAsync(int customer)
        {
            Interlocked.Increment(ref recorded);
            await Record(customer, Event(EventKind.ProductViewed, 3, name: names[customer - 1].Number));
        }
    }

    [CommonFact]
    public async Task Nothing_more_is_written_about_somebody_erased()
    {
        await Record(1, Event(EventKind.ProductViewed, 3));
        await Customer(1).EraseAsync("ana");
        var entries = (await Store.ReadCustomerAsync(1)).Count;

        (await Customer(1).ChangeConsentAsync(Consent("*"))).ShouldBeFalse();
        await Customer(1).HideAsync(Hidden(3));
        await Customer(1).WakeAsync(Now);
        await Customer(1).EraseAsync("ana");
        await Should.ThrowAsync<CustomerErasedException>(async () => await Record(1, Event(EventKind.ProductViewed, 3)));

        (await Store.ReadCustomerAsync(1)).Count.ShouldBe(entries);
        (await Store.ReadDueAsync(long.MaxValue, 10)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Two_that_are_merged_and_unmerged_again_and_again_keep_what_is_theirs()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
        ]);
        for (var round = 1; round <= 3; round++)
        {
            await Record(1, Event(EventKind.ProductViewed, 3, name: names[0].Number));
            await Customer(2).MergeAsync(1, "ana");
            await Record(1, Event(EventKind.ProductViewed, 4, name: names[0].Number));
            await Record(2, Event(EventKind.ProductViewed, 5, name: names[1].Number));
            (await Customer(2).UnmergeAsync(1, "ana")).ShouldBeTrue();
            (await Customer(1).ReadAsync()).Events.ShouldBe(2 * round);
            (await Customer(2).ReadAsync()).Events.ShouldBe(round);
        }
    }

    [CommonFact]
    public async Task What_came_in_under_a_name_goes_back_through_every_unmerge_of_a_chain()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
            new NameClaim(NameKind.User, "three", 3, 0),
        ]);
        for (var number = 1; number <= 3; number++)
            await Record(number, Event(EventKind.ProductViewed, 3, name: names[number - 1].Number));
        await Customer(2).MergeAsync(1, "ana");
        await Customer(3).MergeAsync(2, "ana");
        await Record(1, Event(EventKind.ProductViewed, 4, name: names[0].Number));
        (await Customer(3).ReadAsync()).Events.ShouldBe(4);

        (await Customer(3).UnmergeAsync(2, "ana")).ShouldBeTrue();
        ((await Customer(3).ReadAsync()).Events, (await Customer(2).ReadAsync()).Events).ShouldBe((1, 3));
        (await Customer(2).UnmergeAsync(1, "ana")).ShouldBeTrue();
        ((await Customer(2).ReadAsync()).Events, (await Customer(1).ReadAsync()).Events).ShouldBe((1, 2));
    }

    [CommonFact]
    public async Task A_message_withdrawn_by_a_merge_stays_withdrawn_after_the_unmerge()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
        ]);
        var one = new JournaledCustomer(1);
        await one.LoadAsync(Store);
        await one.TryRecordAsync(
            Store,
            new RecordRequest([Event(EventKind.ProductAdded, 3, name: names[0].Number)]),
            Now,
            ShopContext
        );
        var playbook = ShopContext.Outreach.Playbooks.First(p => p.Trigger == Personalization.Outreach.PlaybookTrigger.CartLeft);
        var intent = playbook.IntentFor(1, $"cart-{one.Customer!.State.CartSince}", Now, 0);
        var queued = new MessageQueued
        {
            Time = Now,
            Message = intent.Message,
            Playbook = playbook.Id,
            Occasion = intent.Occasion,
            Channel = "email",
            NotBefore = Now + Day,
        };
        var turn = new Turn();
        one.Customer.State.Apply(queued);
        turn.Events.Add(queued);
        turn.Queued.Add(queued);
        (await one.CommitAsync(Store, turn, Now, [])).Outcome.ShouldBe(CommitOutcome.Committed);
        await Record(2, Event(EventKind.ProductViewed, 5, name: names[1].Number));
        (await Customer(2).MergeAsync(1, "ana")).ShouldBe(MergeOutcome.Merged);
        (await Store.FindOutboxAsync(intent.Message))!.State.ShouldBe(OutboxState.Withheld);
        (await Customer(2).UnmergeAsync(1, "ana")).ShouldBeTrue();
        var call = Record(1, Event(EventKind.OrderCompleted, 3, reference: "o", amount: 10, name: names[0].Number)).AsTask();
        await call.WaitAsync(Hang);
    }

    [CommonFact]
    public async Task An_erasure_that_was_cut_off_finds_the_absorbed_again()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
        ]);
        await Record(1, Event(EventKind.ProductAdded, 3, name: names[0].Number));
        await Record(2, Event(EventKind.ProductAdded, 4, name: names[1].Number));
        (await Customer(2).MergeAsync(1, "ana")).ShouldBe(MergeOutcome.Merged);
        (await Store.AbsorbedAsync(2)).ShouldBe([2, 1]);
        await Customer(2).EraseAsync("ana");
        await Customer(1).EraseAsync("ana");
        (await Store.AbsorbedAsync(2)).ShouldBe([2, 1]);
    }

    [CommonFact]
    public async Task An_erased_customer_is_never_merged()
    {
        var names = await Store.ClaimNamesAsync([
            new NameClaim(NameKind.User, "one", 1, 0),
            new NameClaim(NameKind.User, "two", 2, 0),
        ]);
        await Record(1, Event(EventKind.ProductAdded, 3, name: names[0].Number));
        await Record(2, Event(EventKind.ProductAdded, 4, name: names[1].Number));
        await Customer(1).EraseAsync("ana");
        var outcome = await Customer(2).MergeAsync(1, null);
        (outcome, (await Customer(2).ReadAsync()).IsErased).ShouldBe((MergeOutcome.NamesMoved, false));
    }

    [CommonFact]
    public async Task While_a_silo_is_lost_only_idempotent_calls_are_made_again_with_what_they_carry()
    {
        Silos.Losing = 3;
        await Record(1, Event(EventKind.ProductAdded, 3));
        Silos.Losing.ShouldBeLessThan(0);
        var view = await Customer(1).ReadAsync();
        (view.Events, view.Cart[0].Product).ShouldBe((1, 3));

        Silos.Losing = 1;
        await Should.ThrowAsync<StoreUnavailableException>(async () =>
            await Customer(1).CloseWarningAsync(Guid.NewGuid(), WarningOutcome.Contacted, "ana", null)
        );
        Silos.Losing.ShouldBe(0);
    }

    NeverShow Hidden(int product) =>
        new()
        {
            Time = Now,
            Product = product,
            Hidden = true,
        };

    ConsentChanged Consent(string topic) =>
        new()
        {
            Time = Now,
            Channel = "email",
            Topic = topic,
            Granted = false,
            Origin = "one-click",
        };
}

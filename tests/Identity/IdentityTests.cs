using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Limits;
using Personalization.Recommendations;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Personalization.Tests.Cluster.Support;
using Personalization.Tracking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Identity;

/// <summary>Who is who (R02): see docs/identity.md, rule by rule, over a real store.</summary>
public sealed class IdentityTests : IAsyncLifetime
{
    static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    readonly TempDirectory _directory = new();
    readonly TestClock _clock = new(Start);
    IStore _store = null!;
    DbDataSource _tables = null!;
    TestSilos _silos = null!;
    Trust _trust = Trust.Server;
    IdentityResolver _identity = null!;
    TrackingIntake _intake = null!;

    public async Task InitializeAsync()
    {
        _store = await Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, _clock);
        var catalogue = new ProductCatalogue();
        var shop = new CurrentShop(
            new ShopContext
            {
                Shop = new ShopSettings(default, new Dictionary<Currency, decimal>()),
                Catalogue = catalogue,
                Index = new ItemIndex(new ItemIndexOptions(), catalogue),
            }
        );
        _tables = await OrleansTables.OpenSqliteAsync(Path.Combine(_directory.Path, "snapshots.db"));
        _silos = await TestSilos.StartAsync(1, _store, () => shop.Current, _clock, SiloHosting.Sqlite, _tables);
        _identity = new IdentityResolver(
            _store,
            (source, target, by, join) =>
                join is null ? _silos.Customer(target).MergeAsync(source, by) : _silos.Customer(target).JoinAsync(source, join),
            new ShopClock(_clock),
            new NameCache(new ShopClock(_clock), shared: false)
        );
        _intake = new TrackingIntake(
            _identity,
            new CatalogueService(_store, catalogue),
            _silos.Grains,
            shop,
            new CatalogueSettings(),
            new ClaimedProducts(new LimitSettings(), catalogue, new LimitAlarm(NullLogger<LimitAlarm>.Instance)),
            new Crowds(),
            new CarriedIds(new RecommendationId(new byte[32]), _silos.Grains),
            new LimitSettings(),
            new LimitAlarm(NullLogger<LimitAlarm>.Instance),
            NullLogger<TrackingIntake>.Instance
        );
    }

    public async Task DisposeAsync()
    {
        await _silos.DisposeAsync();
        await _tables.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    Task<Recorded> View(string product, string? user, string? anonymous, int minute) =>
        Send(
            $$"""{"event":"Product Viewed","messageId":"{{user}}{{anonymous}}{{product}}{{minute}}","timestamp":"{{Start.AddMinutes(minute - 600):O}}","properties":{"product_id":"{{product}}"}{{Names(user, anonymous)}} }""",
            CallType.Track
        );

    Task<Recorded> Identify(string user, string anonymous, int minute) =>
        Send(
            $$"""{"messageId":"i{{user}}{{anonymous}}{{minute}}","timestamp":"{{Start.AddMinutes(minute - 600):O}}","traits":{"plan":"x"}{{Names(user, anonymous)}} }""",
            CallType.Identify
        );

    static string Names(string? user, string? anonymous) =>
        (user is null ? "" : $",\"userId\":\"{user}\"") + (anonymous is null ? "" : $",\"anonymousId\":\"{anonymous}\"");

    async Task<Recorded> Send(string json, CallType type, Trust? trust = null)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var parsed = TrackingParser.Call(type, System.Text.Encoding.UTF8.GetBytes(json), now);
        parsed.Problem.ShouldBeNull();
        parsed.Call!.Trust = trust ?? _trust;
        return await _intake.TakeAsync(parsed.Call!, now);
    }

    async Task<CustomerView> Of(string name) =>
        await _silos.Customer((await _identity.FindCustomerAsync(name, name))!.Value).ReadAsync();

    static IEnumerable<int[]> Permutations(int count) =>
        count == 0
            ?
            [
                [],
            ]
            : Permutations(count - 1)
                .SelectMany(some =>
                    Enumerable.Range(0, count).Select(at => some[..at].Append(count - 1).Concat(some[at..]).ToArray())
                );

    [Theory]
    [InlineData(Trust.Claimed)]
    [InlineData(Trust.Server)]
    public async Task With_one_known_user_the_result_is_the_same_in_whatever_order_and_however_often_the_calls_arrive(Trust trust)
    {
        _trust = trust;
        var looks = new HashSet<string>();
        var round = 0;
        foreach (var order in Permutations(5))
        {
            var (u, a, b) = ($"u{round}", $"a{round}", $"b{round}");
            Func<Task>[] calls =
            [
                () => View("p1", null, a, 1),
                () => Identify(u, a, 2),
                () => View("p2", u, null, 3),
                () => View("p3", null, b, 4),
                () => Identify(u, b, 5),
            ];
            foreach (var call in order)
                await calls[call]();
            foreach (var call in order.Where((_, i) => (i + round) % 2 == 0))
                await calls[call]();
            var view = await Of(u);
            (await Of(a)).Customer.ShouldBe(view.Customer);
            (await Of(b)).Customer.ShouldBe(view.Customer);
            looks.Add(
                $"{view.Events} {view.Visits} {string.Join(",", view.RecentlyViewed)} {view.FirstSeen} {view.LastSeen} {view.Known}"
            );
            round++;
        }
        round.ShouldBe(120);
        looks.Count.ShouldBe(1, string.Join(" / ", looks));
        looks.Single().ShouldStartWith("5 ");
    }

    [Theory]
    [InlineData(Trust.Claimed)]
    [InlineData(Trust.Server)]
    public async Task A_shared_device_gives_each_user_what_is_theirs(Trust trust)
    {
        _trust = trust;
        await View("p1", null, "device", 1);
        await Identify("first", "device", 2);
        await View("p2", null, "device", 3);
        await Identify("second", "device", 4);
        await View("p3", null, "device", 5);
        (await Of("first")).RecentlyViewed.Length.ShouldBe(2);
        (await Of("second")).RecentlyViewed.Length.ShouldBe(1);
        (await Of("first")).Customer.ShouldNotBe((await Of("second")).Customer);
    }

    [Theory]
    [InlineData(Trust.Claimed)]
    [InlineData(Trust.Server)]
    public async Task Of_two_users_who_identify_on_one_cookie_at_once_exactly_one_gets_its_history(Trust trust)
    {
        _trust = trust;
        for (var round = 0; round < 30; round++)
        {
            var cookie = $"cookie{round}";
            await View("p1", null, cookie, 1);
            await Task.WhenAll(Identify($"x{round}", cookie, 2), Identify($"y{round}", cookie, 2));
            var (x, y) = (await Of($"x{round}"), await Of($"y{round}"));
            x.Customer.ShouldNotBe(y.Customer);
            (x.RecentlyViewed.Length + y.RecentlyViewed.Length).ShouldBe(1);
        }
    }

    [Theory]
    [InlineData(Trust.Claimed)]
    [InlineData(Trust.Server)]
    public async Task Two_known_users_are_never_joined_by_tracking(Trust trust)
    {
        _trust = trust;
        await View("p1", "u1", null, 1);
        await View("p2", "u2", null, 2);
        await Identify("u1", "a", 3);
        await Identify("u2", "a", 4);
        (await Of("u1")).Customer.ShouldNotBe((await Of("u2")).Customer);
    }

    [Theory]
    [InlineData(Trust.Claimed)]
    [InlineData(Trust.Server)]
    public async Task A_person_can_say_that_two_users_are_one_and_take_it_back(Trust trust)
    {
        _trust = trust;
        await View("p1", "u1", null, 1);
        await View("p2", "u2", "a2", 2);
        var (one, two) = ((await Of("u1")).Customer, (await Of("u2")).Customer);
        (await _silos.Customer(one).MergeAsync(two, "ana")).ShouldBe(MergeOutcome.Merged);
        (await Of("a2")).Customer.ShouldBe(one);
        await View("p3", "u2", null, 3);
        (await Of("u1")).Events.ShouldBe(3);
        (await _silos.Customer(one).UnmergeAsync(two, "ana")).ShouldBeTrue();
        (await Of("u1")).Events.ShouldBe(1);
        (await Of("u2")).Events.ShouldBe(2);
        (await Of("a2")).Customer.ShouldBe(two);
    }

    [Fact]
    public async Task A_claim_to_be_a_proved_user_binds_nothing_and_is_kept_with_the_visitor()
    {
        await As(Trust.Server, () => View("p1", "victim", "phone", 1));
        await As(Trust.Claimed, () => View("p2", null, "stranger", 2));
        await As(Trust.Claimed, () => Identify("victim", "stranger", 3));
        await As(Trust.Claimed, () => View("p3", "victim", "stranger", 4));
        await As(Trust.Claimed, () => View("p4", "victim", null, 5));
        (await Of("victim")).Events.ShouldBe(1);
        (await Of("stranger")).Customer.ShouldNotBe((await Of("victim")).Customer);
        (await Of("stranger")).Events.ShouldBe(3);
        (await ClaimsOf("stranger")).ShouldBe(["victim"]);
    }

    [Fact]
    public async Task A_device_that_was_proved_once_goes_on_without_proof()
    {
        await As(Trust.Claimed, () => View("p1", null, "phone", 1));
        await As(Trust.Signed, () => Identify("ana", "phone", 2));
        await As(Trust.Claimed, () => View("p2", "ana", "phone", 3));
        await As(Trust.Claimed, () => View("p3", null, "phone", 4));
        (await Of("ana")).Events.ShouldBe(4);
        (await Of("phone")).Customer.ShouldBe((await Of("ana")).Customer);
    }

    [Fact]
    public async Task Proof_takes_over_what_one_device_claimed_but_no_history_that_strangers_may_have_joined()
    {
        await As(Trust.Claimed, () => Identify("ana", "phone", 1));
        await As(Trust.Claimed, () => Identify("bea", "tablet", 1));
        await As(Trust.Claimed, () => Identify("bea", "stranger", 2));
        await As(Trust.Signed, () => Identify("ana", "phone", 3));
        await As(Trust.Signed, () => Identify("bea", "tablet", 3));
        (await Of("ana")).Events.ShouldBe(2);
        (await Of("bea")).Events.ShouldBe(1);
        (await Of("tablet")).Customer.ShouldBe((await Of("bea")).Customer);
        (await Of("stranger")).Customer.ShouldNotBe((await Of("bea")).Customer);
        (await Of("stranger")).Events.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_claimed_for_a_user_after_the_proof_is_nobodys_even_where_a_merge_brought_the_claim_along()
    {
        await As(Trust.Claimed, () => Identify("ana", "phone", 1));
        await As(Trust.Signed, () => Identify("ana", "phone", 2));
        await As(Trust.Claimed, () => View("p1", "ana", null, 3));
        await As(Trust.Claimed, () => View("p2", "ana", "stranger", 4));
        (await Of("ana")).Events.ShouldBe(2);
        (await Of("stranger")).Customer.ShouldNotBe((await Of("ana")).Customer);
    }

    [Fact]
    public async Task A_claim_on_the_device_of_another_proved_person_moves_neither_the_device_nor_the_event_there()
    {
        await As(Trust.Server, () => Identify("owner", "phone", 1));
        await As(Trust.Server, () => View("p1", "victim", null, 1));
        await As(Trust.Claimed, () => Identify("victim", "phone", 2));
        await As(Trust.Claimed, () => Identify("unheard-of", "phone", 3));
        (await Of("phone")).Customer.ShouldBe((await Of("owner")).Customer);
        (await Of("owner")).Events.ShouldBe(1);
        (await Of("victim")).Events.ShouldBe(1);
    }

    [Fact]
    public async Task However_a_proof_and_strangers_claims_meet_no_stranger_ends_up_with_the_proved_person()
    {
        for (var round = 0; round < 20; round++)
        {
            var (user, device) = ($"u{round}", $"d{round}");
            await As(Trust.Claimed, () => Identify(user, device, 1));
            Task<Recorded>[] calls =
            [
                .. Enumerable.Range(0, 6).Select(i => Task.Run(() => Call(Trust.Claimed, user, $"s{round}-{i}"))),
                Task.Run(() => Call(Trust.Signed, user, device)),
                .. Enumerable.Range(6, 6).Select(i => Task.Run(() => Call(Trust.Claimed, user, $"s{round}-{i}"))),
            ];
            await Task.WhenAll(calls);
            var proved = (await Of(user)).Customer;
            (await Of(device)).Customer.ShouldBe(proved);
            for (var i = 0; i < 12; i++)
                (await Of($"s{round}-{i}")).Customer.ShouldNotBe(proved);
        }

        Task<Recorded> Call(Trust trust, string user, string device) =>
            Send($$"""{"traits":{"plan":"x"}{{Names(user, device)}} }""", CallType.Identify, trust);
    }

    Task As(Trust trust, Func<Task> call)
    {
        _trust = trust;
        return call();
    }

    /// <summary>Whom a visitor said to be.</summary>
    async Task<IEnumerable<string>> ClaimsOf(string name) =>
        (await _store.ReadCustomerAsync((await _identity.FindCustomerAsync(name, name))!.Value))
            .SelectMany(entry => EventCodec.Read(entry.Body, entry.Personal))
            .OfType<Tracked>()
            .Select(tracked => tracked.Personal?.Claims)
            .OfType<string>();

    [Theory]
    [InlineData("null")]
    [InlineData("anonymous")]
    [InlineData("-1")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("   ")]
    public void A_name_that_stands_for_nobody_is_refused(string name) =>
        TrackingParser
            .Call(CallType.Track, System.Text.Encoding.UTF8.GetBytes($$"""{"userId":"{{name}}","event":"x"}"""), 0)
            .Problem.ShouldNotBeNull();
}

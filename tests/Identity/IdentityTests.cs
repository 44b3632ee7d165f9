using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
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
            (source, target, by) => _silos.Customer(target).MergeAsync(source, by),
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
            new LimitSettings(),
            new LimitAlarm(NullLogger<LimitAlarm>.Instance)
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

    async Task<Recorded> Send(string json, CallType type)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var parsed = TrackingParser.Call(type, System.Text.Encoding.UTF8.GetBytes(json), now);
        parsed.Problem.ShouldBeNull();
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

    [Fact]
    public async Task With_one_known_user_the_result_is_the_same_in_whatever_order_and_however_often_the_calls_arrive()
    {
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

    [Fact]
    public async Task A_shared_device_gives_each_user_what_is_theirs()
    {
        await View("p1", null, "device", 1);
        await Identify("first", "device", 2);
        await View("p2", null, "device", 3);
        await Identify("second", "device", 4);
        await View("p3", null, "device", 5);
        (await Of("first")).RecentlyViewed.Length.ShouldBe(2);
        (await Of("second")).RecentlyViewed.Length.ShouldBe(1);
        (await Of("first")).Customer.ShouldNotBe((await Of("second")).Customer);
    }

    [Fact]
    public async Task Of_two_users_who_identify_on_one_cookie_at_once_exactly_one_gets_its_history()
    {
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

    [Fact]
    public async Task Two_known_users_are_never_joined_by_tracking()
    {
        await View("p1", "u1", null, 1);
        await View("p2", "u2", null, 2);
        await Identify("u1", "a", 3);
        await Identify("u2", "a", 4);
        (await Of("u1")).Customer.ShouldNotBe((await Of("u2")).Customer);
    }

    [Fact]
    public async Task A_person_can_say_that_two_users_are_one_and_take_it_back()
    {
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

using Personalization.Demo;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Import;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Demo;

public class SimulatedShopTests(ITestOutputHelper output)
{
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset End = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    static readonly EventKind[] WithAmounts =
    [
        EventKind.CheckoutStarted,
        EventKind.OrderCompleted,
        EventKind.OrderPaid,
        EventKind.OrderCancelled,
        EventKind.OrderRefunded,
    ];

    static SimulatedShop Shop(int seed = 7, int customers = 200) => new(seed, Start, End, customers);

    static string Told(ImportedFact fact) =>
        $"{fact.Time} {fact.NameKind} {fact.Name} {fact.AnonymousName} {fact.Kind} {string.Join(',', fact.Lines)} "
        + $"{fact.Reference} "
        + $"{fact.Label} {fact.Amount} {fact.Rating} {fact.Source} {fact.Personal} {fact.Key}";

    [Fact]
    public void Half_a_year_of_two_thousand_customers_is_more_than_a_hundred_thousand_facts()
    {
        var began = TimeProvider.System.GetTimestamp();
        var facts = Shop(customers: 2_000).History().ToList();
        output.WriteLine($"{facts.Count} facts in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F1} s");
        foreach (var kind in facts.CountBy(fact => fact.Kind).OrderByDescending(kind => kind.Value))
            output.WriteLine($"{kind.Key} {kind.Value}");

        facts.Count.ShouldBeGreaterThan(100_000);
        facts.Select(fact => fact.Key).Distinct().Count().ShouldBe(facts.Count);
    }

    [Fact]
    public void The_same_seed_tells_the_same_story_every_time_and_another_seed_another()
    {
        var shop = Shop();
        var story = shop.History().Select(Told).ToList();

        shop.History().Select(Told).SequenceEqual(story).ShouldBeTrue();
        Shop().History().Select(Told).SequenceEqual(story).ShouldBeTrue();
        Shop(seed: 8).History().Select(Told).SequenceEqual(story).ShouldBeFalse();
        Shop().Catalogue.Select(product => product.Image).ShouldBe(shop.Catalogue.Select(product => product.Image));
    }

    [Fact]
    public void Facts_are_told_in_order_of_time_between_start_and_end()
    {
        var times = Shop().History().Select(fact => fact.Time).ToList();

        times.SequenceEqual(times.Order()).ShouldBeTrue();
        times[0].ShouldBeGreaterThanOrEqualTo(Start.ToUnixTimeMilliseconds());
        times[^1].ShouldBeLessThan(End.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void An_orders_amount_is_the_sum_of_its_lines_and_its_products_are_the_catalogues_at_their_prices()
    {
        var shop = Shop();
        var prices = shop.Catalogue.ToDictionary(product => product.Id, product => product.Price);
        var orders = shop.History().Where(fact => WithAmounts.Contains(fact.Kind)).ToList();

        orders.Count.ShouldBeGreaterThan(500);
        orders.Where(order => order.Lines.Length == 0).ShouldBeEmpty();
        orders.Where(order => order.Amount != order.Lines.Sum(line => line.Quantity * prices[line.Product])).ShouldBeEmpty();
    }

    [Fact]
    public void An_order_number_is_completed_once_and_what_comes_of_it_comes_later()
    {
        var facts = Shop().History().ToList();
        var completed = facts.Where(fact => fact.Kind == EventKind.OrderCompleted).ToDictionary(fact => fact.Reference!);
        var later = facts
            .Where(fact =>
                fact.Kind
                    is EventKind.OrderPaid
                        or EventKind.OrderShipped
                        or EventKind.OrderDelivered
                        or EventKind.OrderRefunded
                        or EventKind.OrderCancelled
            )
            .ToList();

        later.ShouldNotBeEmpty();
        foreach (var fact in later)
        {
            completed[fact.Reference!].Time.ShouldBeLessThan(fact.Time);
            completed[fact.Reference!].Name.ShouldBe(fact.Name);
        }
    }

    [Fact]
    public void Nobody_visits_after_their_departure_and_many_depart()
    {
        var shop = Shop();
        EventKind[] visiting = [EventKind.PageViewed, EventKind.ProductViewed, EventKind.ProductAdded, EventKind.OrderCompleted];
        var lastVisit = shop.History()
            .Where(fact => visiting.Contains(fact.Kind) && fact.NameKind == NameKind.User)
            .GroupBy(fact => fact.Name)
            .ToDictionary(facts => facts.Key, facts => facts.Max(fact => fact.Time));
        var departed = shop.Truth.Where(truth => truth.Departs is not null && lastVisit.ContainsKey(truth.User)).ToList();

        departed.Count.ShouldBeInRange(shop.Truth.Count / 10, shop.Truth.Count * 9 / 10);
        // A visit that has begun goes on for its minutes.
        foreach (var truth in departed)
            lastVisit[truth.User].ShouldBeLessThan(truth.Departs!.Value.AddHours(2).ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Customers_order_at_about_their_hidden_rhythm_while_they_stay()
    {
        var shop = Shop(customers: 1_000);
        var orders = shop.History().Count(fact => fact.Kind == EventKind.OrderCompleted);
        var expected = shop.Truth.Sum(truth => ((truth.Departs ?? End) - truth.Arrives).TotalDays / truth.DaysBetweenOrders);
        output.WriteLine($"{orders} orders, {expected:F0} by the rhythms");

        (orders / expected).ShouldBeInRange(0.6, 1.4);
    }

    [Fact]
    public void People_are_met_anonymously_before_they_register_with_an_address_nobody_has()
    {
        var facts = Shop().History().ToList();
        var registered = facts.Where(fact => fact.Kind == EventKind.SignedUp).ToList();

        registered.ShouldNotBeEmpty();
        registered.ShouldAllBe(fact => fact.NameKind == NameKind.User && fact.AnonymousName != null);
        facts
            .Where(fact => fact.Kind == EventKind.Identified)
            .ShouldAllBe(fact => fact.Personal!.Traits!.Contains("@example.com\"", StringComparison.Ordinal));
        facts.Where(fact => fact.Kind == EventKind.OrderCompleted).ShouldAllBe(fact => fact.NameKind == NameKind.User);
    }

    [Fact]
    public void What_a_customer_likes_shows_in_what_it_looks_at()
    {
        var shop = Shop();
        var category = shop.Catalogue.ToDictionary(product => product.Id, product => product.Category);
        var likes = shop.Truth.ToDictionary(truth => truth.User);
        var views = shop.History().Where(fact => fact.Kind == EventKind.ProductViewed && fact.NameKind == NameKind.User).ToList();
        var liked = views.Count(view => likes[view.Name].Categories.Contains(category[view.Lines[0].Product]));

        // By chance alone it would be one in seven.
        ((double)liked / views.Count).ShouldBeGreaterThan(0.4);
    }

    [Fact]
    public void The_live_shop_goes_on_at_about_the_pace_asked_for_in_order_and_with_keys_of_its_own()
    {
        var shop = Shop(customers: 500);
        var live = shop.Live(eventsPerSecond: 3);
        var now = End.AddDays(3);
        live.NextBatch(now).ShouldBeEmpty();

        var told = new List<ImportedFact>();
        for (var second = 0; second < 3_600; second++)
        {
            now = now.AddSeconds(1);
            var batch = live.NextBatch(now);
            batch.All(fact => fact.Time <= now.ToUnixTimeMilliseconds()).ShouldBeTrue();
            told.AddRange(batch);
        }

        output.WriteLine($"{told.Count / 3_600.0:F2} events per second");
        told.Count.ShouldBeInRange(3_600, 3 * 2 * 3_600);
        told.Select(fact => fact.Time).SequenceEqual(told.Select(fact => fact.Time).Order()).ShouldBeTrue();
        told.Select(fact => fact.Key)
            .Concat(shop.History().Select(fact => fact.Key))
            .Distinct()
            .Count()
            .ShouldBe(told.Count + shop.History().Count());
        told.Select(fact => fact.Name).Intersect(shop.Truth.Select(truth => truth.User)).ShouldNotBeEmpty();
    }

    [Fact]
    public void The_catalogue_is_of_some_hundred_products_that_earn_money()
    {
        var catalogue = Shop().Catalogue;

        catalogue.Count.ShouldBeInRange(200, 999);
        catalogue.Select(product => product.Id).Distinct().Count().ShouldBe(catalogue.Count);
        catalogue.ShouldAllBe(product => product.Price > product.Cost && product.Cost > 0 && product.Stock >= 0);
        catalogue.ShouldAllBe(product => product.Image.StartsWith("<svg "));
        catalogue.ShouldContain(product => product.Was > product.Price);
        catalogue.ShouldAllBe(product => product.Was == null || product.Was > product.Price);
        catalogue.ShouldAllBe(product =>
            product.Rating == null ? product.Reviews == 0 : product.Rating >= 1 && product.Rating <= 5
        );
        catalogue.Count(product => product.Rating != null).ShouldBeGreaterThan(catalogue.Count / 2);
        catalogue.Select(product => product.Category.Split('/')[0]).Distinct().Count().ShouldBeGreaterThan(3);
    }
}

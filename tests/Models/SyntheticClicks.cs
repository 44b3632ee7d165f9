using Personalization.Catalogue;
using Personalization.Models.Recommendations;
using Personalization.Recommendations;

namespace Personalization.Tests.Models;

/// <summary>Visits that walk along a shelf of ten products, sometimes go back, sometimes jump to another shelf.</summary>
static class SyntheticClicks
{
    public const int Products = 200;

    public static ClickLog Log(int visits, int seed = 1)
    {
        var random = new Random(seed);
        var acts = new List<Act>();
        for (int visit = 1; visit <= visits; visit++)
        {
            int product = random.Next(Products),
                before = product;
            for (int click = 0; click < 2 + random.Next(6); click++)
            {
                acts.Add(new(visit, 1, (ulong)visit, product, 1_600_000_000 + visit * 600 + click * 20, Signal.View));
                int shelf = product / 10,
                    next = random.Next(10) switch
                    {
                        < 6 => shelf * 10 + (product + 1) % 10,
                        < 8 => before,
                        < 9 => shelf * 10 + random.Next(10),
                        _ => random.Next(Products),
                    };
                (before, product) = (product, next);
            }
        }
        return new(acts);
    }

    /// <summary>Customers with three visits each: they look along a shelf, put in the cart what stands five places further, and
    /// mostly what they looked at first on the visit before, and buy both.</summary>
    public static ClickLog Orders(int customers, int seed = 1)
    {
        var random = new Random(seed);
        var acts = new List<Act>();
        for (int customer = 1; customer <= customers; customer++)
        {
            int shelf = random.Next(20),
                wanted = random.Next(Products);
            for (int visit = 1; visit <= 3; visit++)
            {
                int place = random.Next(10),
                    first = shelf * 10 + place,
                    time = 1_600_000_000 + customer * 900 + visit * 90_000;
                int carted = shelf * 10 + (place + 5) % 10,
                    other = wanted;
                void Do(int product, Signal signal, int order = 0) =>
                    acts.Add(new(customer, visit, (ulong)(customer * 4 + visit), product, time += 20, signal, order));
                Do(first, Signal.View);
                Do(shelf * 10 + (place + 1) % 10, Signal.View);
                Do(carted, Signal.View);
                Do(carted, Signal.CartAdd);
                Do(random.Next(Products), Signal.View);
                if (random.Next(4) > 0)
                    Do(other, Signal.CartAdd);
                Do(carted, Signal.Purchase, customer * 4 + visit);
                Do(other, Signal.Purchase, customer * 4 + visit);
                wanted = first;
            }
        }
        // A stable sort: an order's lines stay together, because nothing else happens at their times to that customer.
        return new([.. acts.OrderBy(act => act.Time).ThenBy(act => act.Customer)]);
    }

    public static ProductCatalogue Catalogue()
    {
        var catalogue = new ProductCatalogue();
        for (int number = 0; number < Products; number++)
            catalogue.Apply(new Product { Number = number, Id = $"p{number}" });
        return catalogue;
    }
}

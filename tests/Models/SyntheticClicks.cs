using Personalization.Catalogue;
using Personalization.Models;
using Personalization.Recommendations;

namespace Personalization.Tests.Models;

/// <summary>Visits that walk along a shelf of ten products, sometimes go back, sometimes jump to another shelf.</summary>
internal static class SyntheticClicks
{
    public const int Products = 200;

    public static ClickLog Log(int visits, int seed = 1)
    {
        var random = new Random(seed);
        var acts = new List<Act>();
        for (int visit = 1; visit <= visits; visit++)
        {
            int product = random.Next(Products), before = product;
            for (int click = 0; click < 2 + random.Next(6); click++)
            {
                acts.Add(new(visit, 1, (ulong)visit, product, 1_600_000_000 + visit * 600 + click * 20, Signal.View));
                int shelf = product / 10, next = random.Next(10) switch
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

    public static ProductCatalogue Catalogue()
    {
        var catalogue = new ProductCatalogue();
        for (int number = 0; number < Products; number++)
            catalogue.Apply(new Product { Number = number, Id = $"p{number}" });
        return catalogue;
    }
}

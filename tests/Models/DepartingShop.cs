using Personalization.Churn;
using Personalization.Models.Histories;

namespace Personalization.Tests.Models;

/// <summary>A customer of whom it is known when he left: what no real shop knows.</summary>
/// <param name="Customer">All that the shop ever saw of him.</param>
/// <param name="Departure">Unix seconds; nothing was bought after it.</param>
/// <param name="Gap">His usual days between purchases.</param>
sealed record Departing(TrainingCustomer Customer, int Departure, double Gap);

/// <summary>
/// A shop of customers with rhythms and lifetimes of their own, who look around less in the weeks before they leave.
/// </summary>
static class DepartingShop
{
    public const int FirstDay = 15_000,
        Days = 900;

    /// <param name="count">Customers; they come over the first 500 days.</param>
    /// <param name="slower">From which day on everybody buys at longer intervals, and how much longer.</param>
    /// <param name="seed">The same seed makes the same shop.</param>
    public static List<Departing> Customers(int count, (int Day, double Times)? slower = null, int seed = 1)
    {
        var random = new Random(seed);
        var customers = new List<Departing>();
        for (int number = 1; number <= count; number++)
        {
            double gap = Math.Exp(Math.Log(10) + random.NextDouble() * Math.Log(5)),
                first = random.Next(500);
            double departure = first + 1 - (8 * gap + 40) * Math.Log(1 - random.NextDouble());
            var (purchases, visits) = (new List<Purchase>(), new SortedSet<int>());
            for (double day = first; day < Math.Min(departure, Days); day += Pause(day))
            {
                purchases.Add(
                    new((int)((FirstDay + day) * ChurnHistory.Day), random.Next(50_000, 500_000), random.Next(1, 5), 1)
                );
                visits.Add(FirstDay + (int)day);
            }
            // About three visits between purchases, a quarter of that when the end is near, none after it.
            for (
                double day = first;
                day < Math.Min(departure, Days);
                day -= gap / 3 * Times(day) * Math.Log(1 - random.NextDouble())
            )
                if (day < departure - gap || random.Next(4) == 0)
                    visits.Add(FirstDay + (int)day);
            customers.Add(
                new(
                    new(number, [.. purchases], [], [.. visits], purchases[0].Time, []),
                    (int)Math.Min((FirstDay + departure) * ChurnHistory.Day, int.MaxValue),
                    gap
                )
            );

            // Sums of three: a rhythm, not a lottery.
            double Pause(double day) =>
                -Times(day)
                * gap
                / 3
                * Math.Log((1 - random.NextDouble()) * (1 - random.NextDouble()) * (1 - random.NextDouble()));
        }
        return customers;

        double Times(double day) => slower is { } change && day >= change.Day ? change.Times : 1;
    }

    public static int Day(int day) => (FirstDay + day) * ChurnHistory.Day;
}

using Personalization.Churn;
using Personalization.Models.Histories;

namespace Personalization.Tests.Models;

/// <summary>
/// Buyers who each have a rhythm of their own (a purchase every 5 to 60 days) and may leave for good after any purchase, the
/// sooner the more complaints: recency alone cannot know who is late.
/// </summary>
static class SyntheticShop
{
    public const int FirstDay = 15_000;
    public const int Days = 540;

    public static List<TrainingCustomer> Customers(int count, int seed = 1)
    {
        var random = new Random(seed);
        var customers = new List<TrainingCustomer>();
        for (int number = 1; number <= count; number++)
        {
            double gap = 5 + 55 * random.NextDouble(),
                leave = random.Next(3) == 0 ? 0.3 : 0.05;
            var purchases = new List<Purchase>();
            for (double day = FirstDay + random.Next(300); day < FirstDay + Days; day += gap * (0.5 + random.NextDouble()))
            {
                purchases.Add(new((int)(day * ChurnHistory.Day), random.Next(50_000, 500_000), random.Next(1, 5), 1));
                if (random.NextDouble() < leave)
                    break;
            }
            customers.Add(new(number, [.. purchases], [], [], purchases[0].Time, []));
        }
        return customers;
    }

    public static int Day(int day) => (FirstDay + day) * ChurnHistory.Day;
}

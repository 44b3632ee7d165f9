using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>How often a way of recommending is right.</summary>
/// <param name="Name">Of the method.</param>
/// <param name="HitRate20">Share of the customers whose next order holds one of their first 20 products.</param>
/// <param name="Mrr20">Mean of 1/rank of the first of them that it holds, 0 beyond 20.</param>
public sealed record NextPurchaseFigures(string Name, double HitRate20, double Mrr20);

/// <summary>
/// Asks at one time, for every customer who was there before and buys after it, which products the next order holds. All that is
/// known lies before that time. Repeats count: people buy again.
/// </summary>
public sealed class NextPurchase
{
    const int Cut = 20;

    readonly ClickLog _log;
    readonly ProductCatalogue _catalogue;
    readonly ItemIndex _index;
    readonly int _start;
    readonly List<(Prefix Customer, HashSet<int> Order)> _asked = [];

    /// <param name="log">All acts of the shop.</param>
    /// <param name="catalogue">Its products.</param>
    /// <param name="start">The first act that is not known.</param>
    public NextPurchase(ClickLog log, ProductCatalogue catalogue, int start)
    {
        (_log, _catalogue, _start) = (log, catalogue, start);
        _index = new(new(), catalogue);
        log.Replay(_index, 0, start);
        var orders = NextOrders();
        foreach (var (customer, prefix) in new Questions(log, Objective.Purchase).KnownAt(start))
            if (orders.TryGetValue(customer, out var order))
                _asked.Add((prefix, order));
    }

    public int Customers => _asked.Count;

    /// <summary>The same 20 for every customer: what was bought most.</summary>
    public NextPurchaseFigures Popularity(out double[] ranks)
    {
        int[] best = MaxBought();
        return Measure("popularity", _ => best, out ranks);
    }

    /// <summary>What the customer touched last, latest first, then what was bought most.</summary>
    public NextPurchaseFigures Recency(out double[] ranks)
    {
        int[] best = MaxBought();
        return Measure(
            "recency",
            customer => [.. customer.Touches.Reverse().Select(touch => touch.Product).Concat(best).Distinct().Take(Cut)],
            out ranks
        );
    }

    /// <summary>Products whose customers are those of the customer's latest 20: cosine of the sets, summed (Sarwar et al., WWW
    /// 2001). A product is like itself.</summary>
    public NextPurchaseFigures ItemKnn(out double[] ranks)
    {
        var products = new Dictionary<long, HashSet<int>>();
        for (int i = 0; i < _start; i++)
            (products.TryGetValue(_log[i].Customer, out var set) ? set : products[_log[i].Customer] = []).Add(_log[i].Product);
        var customers = products
            .SelectMany(one => one.Value.Select(product => (product, one.Value)))
            .ToLookup(pair => pair.product, pair => pair.Value);
        var scores = new double[_catalogue.Count];
        int[] best = MaxBought();
        return Measure(
            "item-kNN",
            customer =>
            {
                Array.Clear(scores);
                foreach (int product in customer.Touches.Reverse().Select(touch => touch.Product).Distinct().Take(Cut))
                foreach (var basket in customers[product])
                foreach (int other in basket)
                    scores[other] += 1 / Math.Sqrt((double)customers[product].Count() * customers[other].Count());
                return
                [
                    .. Enumerable
                        .Range(0, scores.Length)
                        .Where(item => scores[item] > 0)
                        .OrderByDescending(item => scores[item])
                        .Concat(best)
                        .Distinct()
                        .Take(Cut),
                ];
            },
            out ranks
        );
    }

    /// <summary>The recommender, with that model or with none.</summary>
    public NextPurchaseFigures Recommended(string name, RankingModel? model, out double[] ranks)
    {
        var into = new Recommendation[Cut];
        var rules = new RecommendationRules
        {
            AllowBought = true,
            AllowInCart = true,
            Exploration = 0,
        };
        int now = _log[_start - 1].Time;
        return Measure(
            name,
            customer =>
            {
                int count = Recommender
                    .Recommend(customer.ToRequest(now, Cut, rules), customer.ToShopper(), _index, _catalogue, into, null, model)
                    .Count;
                return [.. into.Take(count).Select(item => item.Product)];
            },
            out ranks
        );
    }

    NextPurchaseFigures Measure(string name, Func<Prefix, int[]> recommend, out double[] ranks)
    {
        ranks =
        [
            .. _asked.Select(asked =>
            {
                int at = Array.FindIndex(recommend(asked.Customer), asked.Order.Contains);
                return at < 0 ? 0 : 1.0 / (at + 1);
            }),
        ];
        return new(name, ranks.Count(rank => rank > 0) / (double)Math.Max(1, ranks.Length), ranks.DefaultIfEmpty().Average());
    }

    int[] MaxBought() =>
        [
            .. Enumerable
                .Range(0, _start)
                .Where(i => _log[i].Signal == Signal.Purchase)
                .GroupBy(i => _log[i].Product)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key)
                .Take(Cut)
                .Select(group => group.Key),
        ];

    /// <summary>What each customer's first order after the time holds; where lines belong to no order, the first line.</summary>
    Dictionary<long, HashSet<int>> NextOrders()
    {
        var orders = new Dictionary<long, (int Number, HashSet<int> Products)>();
        for (int i = _start; i < _log.Count; i++)
        {
            var act = _log[i];
            if (act.Signal != Signal.Purchase)
                continue;
            if (!orders.TryGetValue(act.Customer, out var order))
                orders[act.Customer] = (act.Order, [act.Product]);
            else if (act.Order > 0 && act.Order == order.Number)
                order.Products.Add(act.Product);
        }
        return orders.ToDictionary(order => order.Key, order => order.Value.Products);
    }
}

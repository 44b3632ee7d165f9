using Personalization.Catalogue;
using Personalization.Recommendations;
using Personalization.Recommendations.Filters;

namespace Personalization.Tests.Recommendations;

/// <summary>A shop with products, past visits and one customer, all drawn from a seed.</summary>
sealed class Shop
{
    public const int Now = 1_700_000_000;

    static readonly string[][] Categories =
    [
        [],
        ["Clothing", "Jackets"],
        ["Clothing", "Shoes"],
        ["Garden"],
    ];
    readonly Random _random;

    public Shop(int seed, ItemIndexOptions? options = null)
    {
        _random = new Random(seed);
        for (var number = 0; number < _random.Next(1, 80); number++)
            Catalogue.Apply(Product(number));
        Acts = [.. Enumerable.Range(0, _random.Next(0, 600)).Select(_ => Act())];
        Array.Sort(Acts, (x, y) => x.Time.CompareTo(y.Time));
        Index = new ItemIndex(options ?? new(), Catalogue);
        Play(Index, Acts);
        Draw();
    }

    public ProductCatalogue Catalogue { get; } = new();

    public ItemIndex Index { get; }

    public (ulong Session, int Product, Signal Signal, int Time)[] Acts { get; }

    public Touch[] Touches { get; private set; } = [];

    public int[] Cart { get; private set; } = [];

    public int[] Favourites { get; private set; } = [];

    public Purchased[] Purchases { get; private set; } = [];

    public int[] NeverShow { get; private set; } = [];

    public int Visit { get; private set; }

    public RecommendationRequest Request { get; set; }

    public Shopper Shopper =>
        new()
        {
            Touches = Touches,
            Visit = Visit,
            Cart = Cart,
            Favourites = Favourites,
            Purchases = Purchases,
            NeverShow = NeverShow,
            IsKnown = Purchases.Length > 0,
        };

    public static void Play(
        ItemIndex index,
        (ulong Session, int Product, Signal Signal, int Time)[] acts,
        int from = 0,
        int until = int.MaxValue
    )
    {
        for (var i = from; i < Math.Min(until, acts.Length); i++)
        {
            var (session, product, signal, time) = acts[i];
            index.Record(session, product, signal, time);
            if (signal == Signal.Purchase)
                index.RecordOrder([product, acts[i / 2].Product, product], time);
            index.Position = i + 1;
        }
    }

    public RecommendationRules Rules => Request.Rules ?? RecommendationRules.Default;

    /// <summary>The pins that hold here and now, in their order.</summary>
    public IEnumerable<int> Pins =>
        Rules
            .Pin.Where(pin => pin.Period.Until > Now)
            .Where(pin => pin.Category < 0 || Catalogue.Categories.IsWithin(Place, pin.Category))
            .SelectMany(pin => pin.Products);

    /// <summary>The category that the request is about.</summary>
    int Place => Request.Category < 0 && Request.Product >= 0 ? Catalogue.CategoryOf(Request.Product) : Request.Category;

    public Recommendation[] Ask() => Ask(Index);

    public Recommendation[] Ask(ItemIndex index)
    {
        var into = new Recommendation[Request.Count];
        var answer = Recommender.Recommend(Request, Shopper, index, Catalogue, into);
        return into[..answer.Count];
    }

    /// <summary>The gate said again, in the plainest way.</summary>
    public bool MayShow(int number)
    {
        var product = Catalogue[number]!;
        var finding = Request.Placement == Placement.RecentlyViewed;
        return !product.Hidden
            && product.Stock != 0
            && number != Request.Product
            && !NeverShow.Contains(number)
            && (Request.Filter?.Matches(product) ?? true)
            && (Request.Category < 0 || Catalogue.IsIn(number, Request.Category))
            && !Rules.Exclude.Any(rule => rule.Period.From == Now && rule.Filter.Matches(product))
            && (finding || !Cart.Contains(number))
            && (finding || !Purchases.Any(x => x.Product == number && !IsDue(x, product)));
    }

    static bool IsDue(Purchased purchase, Product product) =>
        product.ReplenishDays is { } days && (Now - purchase.Last) / 86_400.0 >= days * 0.8;

    Product Product(int number) =>
        new()
        {
            Number = number,
            Id = $"p{number}",
            Title = _random.Next(3) == 0 ? null : $"Product {number}",
            Category = Categories[_random.Next(Categories.Length)],
            Brand = _random.Next(3) == 0 ? null : $"Brand {_random.Next(4)}",
            Price = _random.Next(3) == 0 ? null : _random.Next(1, 100),
            Stock = _random.Next(3) == 0 ? null : _random.Next(0, 4),
            Hidden = _random.Next(10) == 0,
            Margin = _random.Next(2) == 0 ? null : _random.Next(100) / 100m,
            ReplenishDays = _random.Next(3) == 0 ? _random.Next(1, 40) : null,
            Created = _random.Next(2) == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Now - _random.Next(100 * 86_400)),
            Rating = _random.Next(2) == 0 ? null : 1 + (_random.Next(41) / 10.0),
            Reviews = _random.Next(50),
        };

    (ulong Session, int Product, Signal Signal, int Time) Act() =>
        (
            (ulong)_random.Next(60),
            _random.Next(Catalogue.Count),
            (Signal)Math.Max(1, _random.Next(-6, 5)),
            Now - _random.Next(60 * 86_400)
        );

    void Draw()
    {
        Visit = _random.Next(1, 4);
        Touches =
        [
            .. Enumerable
                .Range(0, _random.Next(0, 20))
                .Select(i => new Touch(Any(), Now - 5000 + i, (Signal)_random.Next(1, 5), 1 + (i * Visit / 20))),
        ];
        Cart = Some(3);
        Favourites = Some(3);
        NeverShow = Some(3);
        Purchases = [.. Some(5).Distinct().Select(x => new Purchased(x, Now - _random.Next(60 * 86_400), 1))];
        var category = _random.Next(4) == 0 ? _random.Next(-1, Catalogue.Categories.Count) : -1;
        Filter? filter = null;
        if (_random.Next(3) == 0)
            Filter.TryParse("price < 60 and not brand = \"Brand 1\"", out filter, out _);
        Request = new RecommendationRequest
        {
            Placement = (Placement)_random.Next(6),
            Count = _random.Next(1, 25),
            Now = Now,
            Product = _random.Next(2) == 0 ? Any() : -1,
            Category = category,
            Filter = filter,
            Rules = _random.Next(2) == 0 ? null : DrawRules(),
            Seed = (ulong)_random.Next(),
        };
    }

    RecommendationRules DrawRules()
    {
        Filter.TryParse("brand = \"Brand 2\"", out var bury, out _);
        Filter.TryParse("price < 30", out var cheap, out _);
        return new RecommendationRules
        {
            Pin = [new PinRule(Some(3), -1, Period.Always), new PinRule(Some(2), _random.Next(4), Drawn())],
            Bury = _random.Next(2) == 0 ? [] : [new FilterRule(bury!, Drawn())],
            Boost = _random.Next(2) == 0 ? [] : [new FilterRule(cheap!, Drawn(), _random.Next(1, 40) / 10f)],
            Exclude = _random.Next(2) == 0 ? [] : [new FilterRule(cheap!, Drawn())],
            MarginBoost = _random.Next(3) / 2f,
            MaxPerCategory = _random.Next(4),
            MaxPerBrand = _random.Next(4),
            Exploration = _random.Next(3) / 3f,
        };
    }

    /// <summary>A period that holds now, or one that is over.</summary>
    Period Drawn() => _random.Next(3) == 0 ? new Period(Now - 100, Now) : new Period(Now, int.MaxValue);

    int Any() => _random.Next(Catalogue.Count);

    int[] Some(int most) => [.. Enumerable.Range(0, _random.Next(0, most + 1)).Select(_ => Any())];
}

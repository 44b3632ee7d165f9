using System.Globalization;

namespace Personalization.Demo;

/// <summary>A customer of the simulated shop: what it is like, which no event tells, and where it stands.</summary>
sealed class ShopCustomer
{
    public const long Day = 86_400_000;
    public const long Hour = 3_600_000;

    static readonly string[] GivenNames =
    [
        "Ana",
        "Rui",
        "Mia",
        "Jonas",
        "Lena",
        "Theo",
        "Ines",
        "Oskar",
        "Clara",
        "Emil",
        "Nora",
        "Luca",
        "Ida",
        "Finn",
        "Eva",
        "Noah",
        "Lia",
        "Hugo",
        "Zoe",
        "Anton",
    ];

    static readonly string[] FamilyNames =
    [
        "Almeida",
        "Berg",
        "Costa",
        "Dahl",
        "Ek",
        "Ferro",
        "Graf",
        "Holm",
        "Iversen",
        "Jansen",
        "Klein",
        "Lima",
        "Moser",
        "Nunes",
        "Olsen",
        "Pires",
        "Rossi",
        "Stein",
        "Thiel",
        "Vidal",
    ];

    /// <summary>Where people live: the offset is that of winter, near enough to place their evenings.</summary>
    static readonly (string Zone, string Locale, int Offset)[] Places =
    [
        ("Europe/Lisbon", "pt-PT", 0),
        ("Europe/London", "en-GB", 0),
        ("Europe/Berlin", "de-DE", 1),
        ("Europe/Paris", "fr-FR", 1),
        ("Europe/Helsinki", "fi-FI", 2),
        ("America/New_York", "en-US", -5),
    ];

    /// <summary>Visits by the hour of the day.</summary>
    static readonly double[] Hours = [1, 1, 0.5, 0.3, 0.3, 0.5, 1, 2, 3, 4, 4, 4, 5, 5, 4, 4, 4, 5, 6, 8, 10, 10, 7, 3];

    readonly int _number;
    readonly (string Zone, string Locale, int Offset) _place;
    readonly string _givenName,
        _familyName,
        _birthday;
    readonly double _daysBetweenVisits,
        _conversion;
    readonly int _regularity;
    readonly bool _takesReminders,
        _takesOffers;
    readonly double[] _taste;

    /// <param name="passerBy">Somebody who looks around once and never says who they are.</param>
    /// <param name="known">A customer since before the history begins.</param>
    public ShopCustomer(int seed, int number, bool passerBy, bool known, long arrives)
    {
        _number = number;
        PasserBy = passerBy;
        Registered = known;
        Chance = Chance.For(seed, passerBy ? "passer-by" : "customer", number);
        _place = Chance.One(Places);
        _givenName = Chance.One(GivenNames);
        _familyName = Chance.One(FamilyNames);
        _birthday = new DateTime(1950, 1, 1).AddDays(Chance.Below(55 * 365)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _daysBetweenVisits = Math.Clamp(Chance.LogNormal(5, 0.6), 1, 30);
        _conversion = Math.Clamp(Chance.LogNormal(0.22, 0.5), 0.05, 0.7);
        _regularity = 1 + Chance.Below(4);
        PriceLevel = Chance.Unit();
        _taste = Taste();
        Arrives = NextHour(arrives);
        // Lives differ in length far more than by chance alone: some leave within weeks, some stay for years.
        Departs = passerBy ? Arrives + Hour : Arrives + (long)(Chance.Exponential(Chance.LogNormal(170, 0.7)) * Day) + Hour;
        SecondDevice = Chance.Is(0.25);
        NextVisit = Arrives;
        // Drawn apart: what somebody agrees to does not change their life.
        var consents = Chance.For(seed, "consents", number);
        (_takesReminders, _takesOffers) = (consents.Is(0.8), consents.Is(0.6));
    }

    public Chance Chance { get; }
    public bool PasserBy { get; }
    public long Arrives { get; }
    public long Departs { get; }
    public double PriceLevel { get; }
    public bool SecondDevice { get; }
    public string[] Brands { get; private set; } = [];
    public string[] Liked { get; private set; } = [];

    public string User => string.Create(CultureInfo.InvariantCulture, $"c-{_number:00000}");
    public string Zone => _place.Zone;
    public string Locale => _place.Locale;

    public bool Registered { get; set; }
    public bool Introduced { get; set; }
    public bool Subscribed { get; set; }

    /// <summary>What a subscriber agreed to: the newsletter, most to reminders of their cart, fewer to win-back offers.</summary>
    public IEnumerable<string> Topics =>
        Subscribed
            ? ["newsletter", .. _takesReminders ? ["reminders"] : (string[])[], .. _takesOffers ? ["win-back"] : (string[])[]]
            : [];
    public bool KnownOnSecondDevice { get; set; }
    public int Visits { get; set; }
    public int Orders { get; set; }
    public long NextVisit { get; private set; }

    /// <summary>What was put in the cart and neither bought nor removed.</summary>
    public List<(ShopProduct Product, int Quantity)> Cart { get; } = [];

    public double DaysBetweenOrders => _daysBetweenVisits / _conversion;

    /// <summary>The anonymous id of a device (1 or 2).</summary>
    public string Device(int device) =>
        string.Create(CultureInfo.InvariantCulture, $"{(PasserBy ? "v" : "a")}-{_number:00000}-{device}");

    /// <summary>Interest cools in the three weeks before a departure: from 1 down to 0.35.</summary>
    public double Interest(long time) => Math.Clamp((Departs - time) / (21.0 * Day), 0.35, 1);

    public bool Buys(long time) => !PasserBy && Chance.Is(_conversion * Interest(time));

    public int DrawCategory(int month)
    {
        Span<double> weights = stackalloc double[_taste.Length];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = _taste[i] * ShopCategory.All[i].Season(month);
        return Chance.Weighted(weights);
    }

    /// <summary>After its rhythm, slower as interest cools; false when it has departed by then.</summary>
    public bool PlanNextVisit(long after)
    {
        var days = Chance.Gamma(_regularity, _daysBetweenVisits) / Math.Sqrt(Interest(after)) / Rush(after);
        NextVisit = NextHour(after + (long)(days * Day) + 2 * Hour);
        return NextVisit < Departs;
    }

    public string Traits() =>
        $$"""{"firstName":"{{_givenName}}","lastName":"{{_familyName}}","email":"{{Address}}","birthday":"{{_birthday}}"}""";

    /// <summary>Nobody's: the domain is reserved (RFC 2606).</summary>
    string Address =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_givenName.ToLowerInvariant()}.{_familyName.ToLowerInvariant()}.{_number}@example.com"
        );

    /// <summary>People come back sooner from the end of November to Christmas.</summary>
    static double Rush(long time)
    {
        var date = DateTimeOffset.FromUnixTimeMilliseconds(time);
        return date.Month == 12 && date.Day < 24 || date.Month == 11 && date.Day > 20 ? 1.5 : 1;
    }

    /// <summary>The time moved to an hour (by the customer's clock) at which people shop; never earlier.</summary>
    long NextHour(long time)
    {
        var midnight = (time + _place.Offset * Hour) / Day * Day - _place.Offset * Hour;
        var chosen = midnight + Chance.Weighted(Hours) * Hour + Chance.Below((int)Hour);
        return chosen < time ? chosen + Day : chosen;
    }

    double[] Taste()
    {
        var weights = new double[ShopCategory.All.Count];
        Array.Fill(weights, 0.15);
        var favourites = new string[2 + Chance.Below(2)];
        for (var i = 0; i < favourites.Length; i++)
        {
            var category = Chance.Below(weights.Length);
            weights[category] += 4.0 / (i + 1);
            favourites[i] = ShopCategory.All[category].Path;
        }
        Liked = [.. favourites.Distinct()];
        Brands = [.. Enumerable.Range(0, 3).Select(_ => ShopCatalogue.Brand(Chance)).Distinct()];
        return weights;
    }
}

using System.Globalization;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Import;

namespace Personalization.Demo;

/// <summary>
/// One visit of a customer: what is looked at, carted, ordered, and what comes of an order in the days after. Facts are
/// made at the simulation's own time; keys are given by whoever lets them out.
/// </summary>
sealed class ShopVisit(ShopCatalogue catalogue, ShopCustomer customer)
{
    const long Minute = 60_000;
    const long Hour = ShopCustomer.Hour;
    const long Day = ShopCustomer.Day;

    static readonly (VisitSource Source, double Weight)[] Sources =
    [
        (new(null, null, null, null, null, null), 40),
        (new("google", "organic", null, null, null, "www.google.com"), 25),
        (new("google", "cpc", "brand", "shop", null, "www.google.com"), 10),
        (new("instagram", "social", "season", null, "story", "l.instagram.com"), 10),
        (new("newsletter", "email", "weekly", null, "top-banner", null), 10),
        (new("blog", "referral", null, null, null, "blog.example.org"), 5),
    ];

    static readonly double[] SourceWeights = [.. Sources.Select(source => source.Weight)];

    static readonly string[][] Reviews =
    [
        ["Broke after a week.", "Not as described."],
        ["Disappointing for the price.", "Runs small."],
        ["It does its job.", "Good, but delivery took long."],
        ["Very good, I would buy it again.", "Nice quality."],
        ["Exactly what I was looking for.", "Wonderful, a present for my sister."],
    ];

    static readonly string[] Inquiries =
    [
        "Where is my order?",
        "Can I change the delivery address?",
        "Does this come in another colour?",
        "The parcel arrived damaged.",
    ];

    readonly List<ImportedFact> _facts = [];
    readonly Chance _chance = customer.Chance;
    bool _signedIn;
    int _device = 1;
    long _clock;

    /// <summary>
    /// Takes the customer through its next visit. The facts are in no order; all at or after the visit's start.
    /// </summary>
    public List<ImportedFact> Run()
    {
        _clock = customer.NextVisit;
        customer.Visits++;
        Arrive();
        var buys = customer.Buys(_clock);
        var steps = 2 + (int)_chance.Exponential(customer.PasserBy ? 1.5 : 3.5);
        var category = customer.DrawCategory(Month);
        for (var step = 0; step < steps; step++)
        {
            if (_chance.Is(0.25))
                category = customer.DrawCategory(Month);
            Browse(ref category);
        }
        if (buys && customer.Cart.Count == 0)
            PutInCart(Look(category));
        if (customer.Cart.Count > 0 && _chance.Is(0.4))
            Say(EventKind.CartViewed, lines: CartLines());
        if (buys)
            Buy();
        else if (customer.Cart.Count > 0 && !customer.PasserBy && _chance.Is(0.12))
            LeaveAtCheckout();
        // The cookie of an old cart is gone some day.
        else if (customer.Cart.Count > 6 || _chance.Is(0.2))
            customer.Cart.Clear();
        if (!customer.PasserBy && !customer.Registered && (customer.Visits > 1 || _chance.Is(0.5)))
            SignUp();
        if (customer.Subscribed && _chance.Is(0.01))
            Unsubscribe();
        return _facts;
    }

    int Month => DateTimeOffset.FromUnixTimeMilliseconds(_clock).Month;

    void Arrive()
    {
        if (customer.SecondDevice && _chance.Is(0.4))
            _device = 2;
        var source = Sources[_chance.Weighted(SourceWeights)].Source;
        _signedIn = customer.Registered && customer.Introduced && (_device == 1 || customer.KnownOnSecondDevice);
        Say(
            EventKind.PageViewed,
            label: "Home",
            source: source == Sources[0].Source ? null : source,
            personal: new PersonalPart
            {
                Url = "https://shop.example/",
                Title = "Home",
                Referrer = source.ReferrerHost is { } host ? $"https://{host}/" : null,
                TimeZone = customer.Zone,
                Locale = customer.Locale,
            }
        );
        if (!customer.Registered || _signedIn)
            return;
        if (_chance.Is(0.6))
            Look(customer.DrawCategory(Month));
        SignIn();
    }

    void SignIn()
    {
        Wait(0.5);
        _signedIn = true;
        if (_device == 2)
            customer.KnownOnSecondDevice = true;
        Say(EventKind.SignedIn, withDevice: true);
        if (!customer.Introduced)
            Introduce();
    }

    void SignUp()
    {
        Say(EventKind.SignUpStarted);
        Wait(1.5);
        if (_chance.Is(0.05))
            Say(EventKind.SignUpFailed, label: "password too short");
        Wait(0.5);
        _signedIn = customer.Registered = true;
        if (_device == 2)
            customer.KnownOnSecondDevice = true;
        Say(EventKind.SignedUp, withDevice: true);
        Introduce();
    }

    void Introduce()
    {
        customer.Introduced = true;
        Say(
            EventKind.Identified,
            personal: new PersonalPart
            {
                Traits = customer.Traits(),
                TimeZone = customer.Zone,
                Locale = customer.Locale,
            }
        );
        customer.Subscribed = _chance.Is(0.55);
        foreach (var topic in customer.Topics)
            Say(EventKind.Subscribed, reference: "email", label: topic);
    }

    void Unsubscribe()
    {
        foreach (var topic in customer.Topics)
            Say(EventKind.Unsubscribed, reference: "email", label: topic);
        customer.Subscribed = false;
    }

    /// <summary>One step: a search or a list now and then, then a product, and what comes of looking at it.</summary>
    void Browse(ref int category)
    {
        var about = ShopCategory.All[category];
        if (_chance.Is(0.18))
        {
            Wait(0.4);
            Say(EventKind.ProductsSearched, personal: new PersonalPart { Query = _chance.One(about.Things) });
        }
        else if (_chance.Is(0.3))
        {
            Wait(0.4);
            Say(EventKind.ProductListViewed, label: about.Path);
        }

        var product = Look(category);
        if (!customer.PasserBy && _chance.Is(0.06))
            Say(EventKind.ProductFavourited, lines: [Line(product, 1)]);
        if (!_chance.Is(0.1 * customer.Interest(_clock)))
            return;
        PutInCart(product);
        if (_chance.Is(0.12))
            TakeFromCart();
        else if (_chance.Is(0.5))
            category = about.GoesWith;
    }

    ShopProduct Look(int category)
    {
        Wait(0.8);
        var product = catalogue.Draw(category, _chance, customer.Brands, customer.PriceLevel, _clock);
        Say(EventKind.ProductViewed, lines: [Line(product, 1)]);
        return product;
    }

    void PutInCart(ShopProduct product)
    {
        Wait(0.4);
        var quantity = product.Price < 30_0000 && _chance.Is(0.3) ? 2 + _chance.Below(2) : 1;
        customer.Cart.Add((product, quantity));
        Say(EventKind.ProductAdded, lines: [Line(product, quantity)]);
    }

    void TakeFromCart()
    {
        Wait(0.6);
        var place = _chance.Below(customer.Cart.Count);
        var (product, quantity) = customer.Cart[place];
        customer.Cart.RemoveAt(place);
        Say(EventKind.ProductRemoved, lines: [Line(product, quantity)]);
    }

    void LeaveAtCheckout() => SayAmount(EventKind.CheckoutStarted, _clock += Minute / 2, NextOrder(), CartLines());

    void Buy()
    {
        if (!customer.Registered)
            SignUp();
        else if (!_signedIn)
            SignIn();
        customer.Orders++;
        var (order, lines) = (NextOrder(), CartLines());
        customer.Cart.Clear();
        Wait(0.5);
        SayAmount(EventKind.CheckoutStarted, _clock, order, lines);
        Wait(1.5);
        Say(EventKind.PaymentInfoEntered, reference: order);
        Wait(0.7);
        SayAmount(EventKind.OrderCompleted, _clock, order, lines);
        After(order, lines);
    }

    /// <summary>What comes of an order: paid and delivered, perhaps asked about, reviewed, sent back; or cancelled.</summary>
    void After(string order, ImportedLine[] lines)
    {
        var ordered = _clock;
        SayAmount(EventKind.OrderPaid, ordered + 20_000, order, lines);
        if (_chance.Is(0.02))
        {
            SayAmount(
                EventKind.OrderCancelled,
                ordered + (long)_chance.Between(0.2, 6) * Hour + Minute,
                order,
                lines,
                "changed my mind"
            );
            return;
        }
        var shipped = ordered + (long)(_chance.Between(0.3, 1.5) * Day);
        var delivered = shipped + (long)(_chance.Between(1, 4) * Day);
        Say(EventKind.OrderShipped, shipped, reference: order);
        Say(EventKind.OrderDelivered, delivered, reference: order);
        if (_chance.Is(0.04))
            Say(
                EventKind.InquirySubmitted,
                ordered + (long)(_chance.Between(0.5, 4) * Day),
                label: "delivery",
                reference: order,
                personal: new PersonalPart { Text = _chance.One(Inquiries) }
            );
        var satisfied = _chance.Unit();
        if (_chance.Is(0.18))
            Review(delivered, order, _chance.One(lines), satisfied);
        if (satisfied < 0.07)
            SayAmount(
                EventKind.OrderRefunded,
                delivered + (long)(_chance.Between(1, 12) * Day),
                order,
                [_chance.One(lines)],
                "sent back"
            );
    }

    void Review(long delivered, string order, ImportedLine line, double satisfied)
    {
        var stars =
            satisfied < 0.07 ? 1
            : satisfied < 0.14 ? 2
            : satisfied < 0.3 ? 3
            : satisfied < 0.6 ? 4
            : 5;
        _facts.Add(
            Fact(
                EventKind.ProductReviewed,
                delivered + (long)(_chance.Between(1, 14) * Day),
                [line with { Quantity = 1 }],
                reference: $"{order}-review",
                rating: stars,
                personal: new PersonalPart { Text = _chance.One(Reviews[stars - 1]) }
            )
        );
    }

    string NextOrder() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"o-{(customer.Registered ? customer.User : customer.Device(_device))[2..]}-{customer.Visits}"
        );

    ImportedLine[] CartLines() => [.. customer.Cart.Select(item => Line(item.Product, item.Quantity))];

    static ImportedLine Line(ShopProduct product, int quantity) => new(product.Id, quantity, product.Price);

    /// <summary>Time passes, about so many minutes.</summary>
    void Wait(double minutes) => _clock += 2_000 + (long)_chance.Exponential(minutes * Minute);

    void Say(
        EventKind kind,
        string? label = null,
        string? reference = null,
        ImportedLine[]? lines = null,
        VisitSource? source = null,
        PersonalPart? personal = null,
        bool withDevice = false
    ) =>
        _facts.Add(
            Fact(kind, _clock += 200, lines ?? [], reference, label, source: source, personal: personal, withDevice: withDevice)
        );

    void Say(EventKind kind, long time, string? label = null, string? reference = null, PersonalPart? personal = null) =>
        _facts.Add(Fact(kind, time, [], reference, label, personal: personal));

    /// <summary>A fact whose amount is the sum of its lines.</summary>
    void SayAmount(EventKind kind, long time, string order, ImportedLine[] lines, string? label = null)
    {
        long amount = 0;
        foreach (var line in lines)
            amount += line.Quantity * line.Price;
        _facts.Add(Fact(kind, time, lines, order, label, amount));
    }

    ImportedFact Fact(
        EventKind kind,
        long time,
        ImportedLine[] lines,
        string? reference = null,
        string? label = null,
        long amount = 0,
        float rating = 0,
        VisitSource? source = null,
        PersonalPart? personal = null,
        bool withDevice = false
    ) =>
        new()
        {
            NameKind = _signedIn ? NameKind.User : NameKind.Anonymous,
            Name = _signedIn ? customer.User : customer.Device(_device),
            AnonymousName = withDevice ? customer.Device(_device) : null,
            Kind = kind,
            Time = time,
            Lines = lines,
            Reference = reference,
            Label = label,
            Amount = amount,
            Rating = rating,
            Source = source,
            Personal = personal,
        };
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Personalization.Catalogue;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Warnings;

namespace Personalization.Customers;

/// <summary>A customer of a list: the names that point to it, and what the read models know.</summary>
/// <param name="CustomerId">A user id where there is one, else an anonymous id.</param>
/// <param name="Proved">Whether the shop's server, a signed call or an import has named one of the user ids (docs/trust.md).</param>
/// <param name="Number">The customer's own number; text, as it is greater than JavaScript counts.</param>
/// <param name="Revenue">In the shop's currency, before cancellations and refunds.</param>
/// <param name="Refunded">Besides what was cancelled: of an order both together are never more than it was worth.</param>
/// <param name="ClaimedOrders">Orders of which only the public write key has told: in no other sum (docs/trust.md).</param>
/// <param name="ClaimedRevenue">What those say they are worth.</param>
public sealed record CustomerListItem(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? CustomerId,
    string Number,
    string[] UserIds,
    string[] AnonymousIds,
    bool Proved,
    bool Known,
    int Events,
    int Orders,
    decimal Revenue,
    int Cancellations,
    decimal Cancelled,
    decimal Refunded,
    int ClaimedOrders,
    decimal ClaimedRevenue,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? FirstSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastOrder
)
{
    public static CustomerListItem Of(CustomerRow row, IEnumerable<BoundName> names) =>
        new(
            Wire.NameOf(names),
            Wire.Number(row.Customer),
            Wire.UserIdsOf(names),
            Wire.NamesOf(names, NameKind.Anonymous),
            names.Any(name => name.Kind == NameKind.User),
            row.Known,
            row.Events,
            row.Orders,
            Wire.Money(row.Revenue),
            row.Cancellations,
            Wire.Money(row.Cancelled),
            Wire.Money(row.Refunded),
            row.ClaimedOrders,
            Wire.Money(row.ClaimedRevenue),
            Wire.Time(row.FirstSeen),
            Wire.Time(row.LastSeen),
            Wire.Time(row.LastOrder)
        );
}

/// <param name="Next">Where the list goes on; null at its end.</param>
/// <param name="Position">The journal position that the list is at.</param>
public sealed record CustomersResponse(
    IReadOnlyList<CustomerListItem> Customers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next,
    long Position
);

/// <summary>A customer as of this moment. See <see cref="CustomerListItem"/> for the fields that both have.</summary>
/// <param name="Shopper">first-time, occasional or skilled (docs/recommendations.md).</param>
/// <param name="ShopperBecause">What that rests on.</param>
public sealed record CustomerResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? CustomerId,
    string Number,
    string[] UserIds,
    string[] AnonymousIds,
    bool Proved,
    string Stage,
    bool Known,
    int Version,
    int Events,
    int Visits,
    int Orders,
    decimal Revenue,
    int Cancellations,
    decimal Cancelled,
    decimal Refunded,
    int ClaimedOrders,
    decimal ClaimedRevenue,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? FirstSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastOrder,
    LineResponse[] Cart,
    string[] Favourites,
    string[] RecentlyViewed,
    ConsentResponse[] Consents,
    ChurnResponse Churn,
    OpenWarningResponse[] Warnings,
    string Shopper,
    string ShopperBecause,
    DraftOrderResponse? DraftOrder = null,
    ProfileResponse? Profile = null,
    SourceResponse? FirstSource = null,
    SourceResponse? LastSource = null
)
{
    public static CustomerResponse Of(CustomerView view, IReadOnlyList<BoundName> names, ProductCatalogue catalogue) =>
        new(
            Wire.NameOf(names),
            Wire.Number(view.Customer),
            Wire.UserIdsOf(names),
            Wire.NamesOf(names, NameKind.Anonymous),
            names.Any(name => name.Kind == NameKind.User),
            view.Stage.Word(),
            view.Known,
            view.Version,
            view.Events,
            view.Visits,
            view.Orders,
            Wire.Money(view.Revenue),
            view.Cancellations,
            Wire.Money(view.Cancelled),
            Wire.Money(view.Refunded),
            view.ClaimedOrders,
            Wire.Money(view.ClaimedRevenue),
            Wire.Time(view.FirstSeen),
            Wire.Time(view.LastSeen),
            Wire.Time(view.LastOrder),
            LineResponse.Of(view.Cart.Select(line => (line.Product, line.Quantity, line.Price)), catalogue),
            Wire.IdsOf(view.Favourites, catalogue),
            Wire.IdsOf(view.RecentlyViewed, catalogue),
            [.. view.Consents.Select(consent => new ConsentResponse(consent.Channel, consent.Topic, consent.Granted))],
            ChurnResponse.Of(view.Churn),
            [.. view.Warnings.Select(OpenWarningResponse.Of)],
            view.Skill.Word,
            view.Skill.Because,
            DraftOrderResponse.Of(view.Draft, catalogue),
            ProfileResponse.Of(view.Profile),
            SourceResponse.Of(view.FirstSource),
            SourceResponse.Of(view.LastSource)
        );
}

/// <param name="Price">Of one piece; left out where it was not given.</param>
public sealed record LineResponse(string ProductId, int Quantity, decimal? Price = null)
{
    /// <summary>Products that the catalogue no longer knows are left out.</summary>
    public static LineResponse[] Of(IEnumerable<(int Product, int Quantity, long Price)> lines, ProductCatalogue catalogue) =>
        [
            .. from line in lines
            let product = catalogue[line.Product]
            where product is not null
            select new LineResponse(product.Id, line.Quantity, line.Price > 0 ? Wire.Money(line.Price) : null),
        ];
}

/// <summary>A checkout that was started and not finished.</summary>
public sealed record DraftOrderResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? OrderId,
    decimal Amount,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? At,
    LineResponse[] Lines
)
{
    public static DraftOrderResponse? Of(DraftOrder? draft, ProductCatalogue catalogue) =>
        draft is null
            ? null
            : new(
                draft.Reference,
                Wire.Money(draft.Amount),
                Wire.Time(draft.Time),
                LineResponse.Of(draft.Lines.Select(line => (line.Product, line.Quantity, line.Price)), catalogue)
            );
}

/// <param name="Traits">Every trait that holds, latest value each: what the shop told, else what was claimed.</param>
/// <param name="Told">What the shop told: its server, signed calls, imports.</param>
/// <param name="Claimed">What only the public write key said (docs/trust.md).</param>
public sealed record ProfileResponse(
    string? TimeZone = null,
    string? Locale = null,
    JsonNode? Traits = null,
    JsonNode? Told = null,
    JsonNode? Claimed = null
)
{
    public static ProfileResponse? Of(Profile? profile) =>
        profile is null
            ? null
            : new(
                profile.TimeZone,
                profile.Locale,
                Json(profile.Traits),
                Json(profile.Told.Traits),
                Json(profile.Claimed.Traits)
            );

    static JsonNode? Json(string? traits) => traits is null ? null : JsonNode.Parse(traits);
}

/// <summary>Where a visit came from: campaign values and the referring host.</summary>
public sealed record SourceResponse(
    string? Source = null,
    string? Medium = null,
    string? Campaign = null,
    string? Term = null,
    string? Content = null,
    string? Referrer = null
)
{
    public static SourceResponse? Of(VisitSource? visit) =>
        visit is null ? null : new(visit.Source, visit.Medium, visit.Campaign, visit.Term, visit.Content, visit.ReferrerHost);
}

public sealed record ConsentResponse(string Channel, string Topic, bool Granted);

/// <summary>What is never shown to a customer.</summary>
/// <param name="Products">Ids, in the order in which they were hidden.</param>
public sealed record NeverShowResponse(string[] Products)
{
    public static NeverShowResponse Of(CustomerView view, ProductCatalogue catalogue) =>
        new(Wire.IdsOf(view.NeverShow, catalogue));
}

/// <summary>What holds, and how it came to be.</summary>
/// <param name="Tracking">full, anonymous or none.</param>
public sealed record ConsentsResponse(ConsentResponse[] Consents, ConsentChangeResponse[] Changes, string Tracking)
{
    public static ConsentsResponse Of(CustomerView view) =>
        new(
            [.. view.Consents.Select(one => new ConsentResponse(one.Channel, one.Topic, one.Granted))],
            [
                .. view.ConsentChanges.Select(change => new ConsentChangeResponse(
                    Wire.Time(change.Time),
                    change.Channel,
                    change.Topic,
                    change.Granted,
                    change.Origin
                )),
            ],
            view.Tracking.Word()
        );
}

/// <param name="Origin">server, signed, visitor (nothing proves it), import, confirmed, one-click, spam-complaint, or as the shop said.</param>
public sealed record ConsentChangeResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? At,
    string Channel,
    string Topic,
    bool Granted,
    string Origin
);

/// <param name="Risk">0 to 1; null for a customer without purchases.</param>
/// <param name="RiskBefore">Before the event that this answers, where there was one.</param>
public sealed record ChurnResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] float? Risk,
    bool AtRisk,
    string[] Reasons,
    decimal MoneyAtRisk,
    decimal ExpectedValue,
    string ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ForecastResponse? Forecast,
    float? RiskBefore = null
)
{
    public static ChurnResponse Of(ChurnView churn, float? before = null) =>
        new(
            churn.Risk,
            churn.AtRisk,
            churn.Reasons,
            Wire.Money(churn.MoneyAtRisk),
            Wire.Money(churn.ExpectedValue),
            churn.ModelVersion,
            ForecastResponse.Of(churn.Forecast),
            before
        );
}

/// <summary>Purchases to come, by the shop's value model; see <see cref="ForecastView"/>.</summary>
public sealed record ForecastResponse(
    int HorizonDays,
    double Active,
    double Purchases,
    decimal Value,
    NextPurchaseResponse NextPurchase,
    string ModelVersion
)
{
    public static ForecastResponse? Of(ForecastView? forecast) =>
        forecast is null
            ? null
            : new(
                forecast.HorizonDays,
                Math.Round(forecast.Active, 4),
                Math.Round(forecast.Purchases, 4),
                Wire.Money(forecast.Value),
                new(Wire.Time(forecast.Next), Wire.Time(forecast.Earliest), Wire.Time(forecast.Latest)),
                forecast.ModelVersion
            );
}

public sealed record NextPurchaseResponse(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Expected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Earliest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Latest
);

public sealed record OpenWarningResponse(
    Guid WarningId,
    string Policy,
    float Risk,
    decimal MoneyAtRisk,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? RaisedAt
)
{
    public static OpenWarningResponse Of(OpenWarning warning) =>
        new(
            warning.Warning,
            WarningWords.Of(warning.Policy),
            warning.Risk,
            Wire.Money(warning.MoneyAtRisk),
            Wire.Time(warning.RaisedAt)
        );
}

/// <param name="Merged">False where the two were one customer already.</param>
/// <param name="Source">The number of the customer that was absorbed; unmerge takes it as other.</param>
public sealed record MergedResponse(bool Merged, string Source, string Target);

public sealed record UnmergedResponse(bool Unmerged, string Source, string Target);

/// <summary>What an erasure destroyed.</summary>
/// <param name="Removed">Rows, by the store they stood in.</param>
/// <param name="Kept">
/// What stays so that the person is not written to again: of an address that forbade something or does not exist, that word under
/// a keyed hash, without the address.
/// </param>
/// <param name="Forwarders">Customers that had been merged into this one and went with it.</param>
public sealed record ErasureResponse(
    string Number,
    DateTimeOffset ErasedAt,
    IReadOnlyDictionary<string, long> Removed,
    IReadOnlyDictionary<string, long> Kept,
    int Forwarders
);

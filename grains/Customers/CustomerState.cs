using Personalization.Churn;
using Personalization.Events;
using Personalization.Experiments;
using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>A line of the cart. Unit price in ten-thousandths of the currency it was reported in, 0 = unknown.</summary>
[GenerateSerializer, Immutable, Alias("cart-line")]
public record struct CartLine(int Product, int Quantity, long Price);

/// <summary>A product marked at a time (Unix seconds).</summary>
public readonly record struct Marked(int Product, int Time);

/// <summary>An order that is only claimed: the hash of its id, 0 = none given, and its amount.</summary>
public readonly record struct ClaimedOrder(ulong Id, long Amount);

/// <summary>What became of a recommended product since <paramref name="Time"/>, Unix milliseconds.</summary>
public readonly record struct RecommendedTouch(Attribution Answer, long Time, Outcome Outcomes);

/// <summary>
/// What was said to go back of an order, by the hash of its id. A cancellation counts before refunds, both together no more than
/// the order's amount; where the order is not known, as much as was said.
/// </summary>
/// <param name="Cancelled">What cancellations said in all, at most <see cref="Whole"/>.</param>
/// <param name="Refunded">The same of refunds that each said what they add.</param>
/// <param name="RefundedInAll">
/// The greatest that was said to be refunded in all (<see cref="Tracked.IsRunningTotal"/>): it holds the others too.
/// </param>
public readonly record struct GivenBack(ulong Order, long Cancelled, long Refunded, long RefundedInAll, bool IsCancelled)
{
    /// <summary>The whole order, whatever it was worth.</summary>
    public const long Whole = Bounds.MaxAmount;

    public GivenBack Cancel(long amount) =>
        this with
        {
            Cancelled = Math.Min(Whole, Saturating.Add(Cancelled, amount)),
            IsCancelled = true,
        };

    public GivenBack Refund(long amount, bool isRunningTotal) =>
        isRunningTotal
            ? this with
            {
                RefundedInAll = Math.Max(RefundedInAll, Math.Min(Whole, amount)),
            }
            : this with
            {
                Refunded = Math.Min(Whole, Saturating.Add(Refunded, amount)),
            };

    /// <summary>What counts as cancelled of an order of this amount; null where the order is not known.</summary>
    public long Cancels(long? amount) => Of(Cancelled, amount);

    /// <summary>What counts as refunded besides.</summary>
    public long Refunds(long? amount) => Of(Math.Max(Refunded, RefundedInAll), amount - Cancels(amount));

    static long Of(long said, long? amount) =>
        amount is { } most ? Math.Min(said, Math.Max(0, most))
        : said == Whole ? 0
        : said;
}

/// <summary>A checkout that was begun: its order can be resumed (R32).</summary>
[GenerateSerializer, Immutable, Alias("draft-order")]
public sealed record DraftOrder(string? Reference, OrderLine[] Lines, long Amount, long Time);

/// <summary>A warning that is open. <see cref="MoneyAtRisk"/> in ten-thousandths of the base currency.</summary>
[GenerateSerializer, Immutable, Alias("open-warning")]
public sealed record OpenWarning(
    Guid Warning,
    WarningPolicy Policy,
    float Risk,
    long MoneyAtRisk,
    string[] Reasons,
    string Model,
    long RaisedAt
);

/// <summary>A message that waits in the outbox.</summary>
public sealed record WaitingMessage(Guid Message, string Playbook, string Occasion, string Channel);

/// <summary>
/// What events made of a customer: plain data, bounded, nothing that cannot be made again from the journal. Changed only by
/// <see cref="Fold"/>. Times with no unit in their name are Unix milliseconds; amounts are ten-thousandths of the base currency.
/// </summary>
public sealed class CustomerState(long number)
{
    /// <summary>How much of a history stays in memory; the journal has all of it.</summary>
    public const int MaxTouches = 120,
        MaxCart = 200,
        MaxFavourites = 300,
        MaxPurchased = 400,
        MaxPurchases = 1000,
        MaxClaimedOrders = 100,
        MaxReturns = 300,
        MaxNeverShow = 500,
        MaxComplaints = 50,
        MaxClosedWarnings = 8,
        MaxRecommended = 16,
        MaxExposures = 16;

    public long Number { get; } = number;

    /// <summary>Version of the last journal entry this state knows.</summary>
    public int Version;

    /// <summary>Place of the newest fact folded.</summary>
    public FactOrder Newest;

    public long FirstSeen,
        LastSeen;

    /// <summary>Visits so far, and when the current one began. A visit ends with 30 minutes of silence.</summary>
    public int Visits;
    public long VisitStart;

    /// <summary>Has a user id.</summary>
    public bool Known;

    /// <summary>The shop's server, a signed call or an import has named the user id: what is only claimed changes little (docs/trust.md).</summary>
    public bool Proved;

    /// <summary>Number of the user id that events came in under last; 0 = none.</summary>
    public long UserName;
    public bool Registered;

    /// <summary>When a registration was begun (or failed) and not finished since; 0 = none.</summary>
    public long RegistrationBegun;

    public int Events,
        Orders,
        Cancellations,
        ProductViews,
        Searches;
    public long Revenue,
        Cancelled,
        Refunded,
        Unconverted,
        LastOrder;

    /// <summary>
    /// Orders of which only the public key has told: in none of the sums above. Beyond <see cref="MaxClaimedOrders"/> they are not
    /// counted.
    /// </summary>
    public BoundedList<ClaimedOrder> ClaimedOrders;
    public long ClaimedRevenue;

    public BoundedList<Touch> Touches;
    public BoundedList<CartLine> Cart;
    public long CartTouched,
        CartSince;

    /// <summary>
    /// When something was last put into the cart since the last purchase; 0 = not since. What is left then may have been bought
    /// under another product id: it is no cart to remind of.
    /// </summary>
    public long CartFilled;

    /// <summary>The cart is as an import left it: no message is sent about it.</summary>
    public bool CartImported;

    /// <summary>When the newest imported fact was received; 0 = none.</summary>
    public long ImportedAt;
    public BoundedList<Marked> Favourites;
    public BoundedList<Purchased> Bought;
    public BoundedList<int> Hidden;

    public BoundedList<Purchase> Purchases;

    /// <summary>Hashes of the order ids of <see cref="Purchases"/>, side by side with them: an order that comes again counts once.</summary>
    public BoundedList<ulong> OrderIds;
    public BoundedList<Return> Returns;

    /// <summary>What went back of which order. One told of after as many others is forgotten here, and stays in the sums.</summary>
    public BoundedList<GivenBack> GivenBack;
    public BoundedList<int> VisitDays;
    public BoundedList<int> Complaints;
    public DraftOrder? Draft;

    public Profile? Profile;
    public VisitSource? FirstSource,
        LastSource;

    public RecentMessages Seen;

    /// <summary>Products that were clicked, put in the cart or bought because they were recommended, oldest first.</summary>
    public BoundedList<RecommendedTouch> Recommended;

    /// <summary>The experiments that the customer is in, in the variant that was answered first.</summary>
    public BoundedList<Exposure> Exposures;

    /// <summary>How much is kept of what the customer does.</summary>
    public TrackingLevel Tracking;

    OutreachState? _outreach;

    /// <summary>To be read; see <see cref="OwnOutreach"/>.</summary>
    public OutreachState Outreach => _outreach ?? OutreachState.None;

    /// <summary>To be changed: made where there was none.</summary>
    public OutreachState OwnOutreach => _outreach ??= new();

    /// <summary>
    /// The due time that this activation wrote into the database; 0 = none known. Not part of a snapshot: an activation
    /// that does not know writes its own, and a wake that comes early arms again.
    /// </summary>
    public long Due;

    /// <summary>Nothing vouches for this visitor, and no message waits for them.</summary>
    public bool IsStranger =>
        !Proved && (Outreach.Consents.IsEmpty || !Outreach.Consents.Allows("email", ConsentLedger.AllTopics));

    /// <summary>The customer that absorbed this one; 0 = none.</summary>
    public long ForwardedTo;
    public bool IsErased;

    public ChurnHistory ChurnHistory =>
        new(Purchases.Span, Returns.Span, VisitDays.Span, (int)(FirstSeen / 1000), Complaints.Span);
}

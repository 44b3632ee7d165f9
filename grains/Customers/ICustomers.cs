using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// The edge between whoever talks to customers and whatever hosts them: one process, or a cluster of silos. A call is a
/// turn: turns of one customer never overlap, and what a turn answers has been committed. A customer that was joined into
/// another forwards. Every method may throw what the store throws.
/// </summary>
public interface ICustomers
{
    /// <summary>Takes in events, oldest first; durable when it returns. An event sent before (same message) is answered as a duplicate.</summary>
    ValueTask<Recorded> RecordAsync(long customer, RecordRequest request, CancellationToken cancel = default);

    /// <summary>The customer as it is now; never creates one.</summary>
    ValueTask<CustomerView> ReadAsync(long customer, CancellationToken cancel = default);

    ValueTask<Recommended> RecommendAsync(long customer, RecommendationQuery query, CancellationToken cancel = default);

    /// <summary>Products that go together with the query's product, or with the customer's cart, within a budget.</summary>
    ValueTask<Bundle> BundleAsync(long customer, RecommendationQuery query, decimal budget, CancellationToken cancel = default);

    /// <summary>Lets the customer decide what time alone has brought: the visit's end, a risk that crossed its line, a cart left.</summary>
    /// <param name="customer">The customer's number.</param>
    /// <param name="at">The time it is woken for, Unix milliseconds; a customer looked at as of its own days lives at that time, otherwise now.</param>
    /// <param name="cancel">Cancels waiting, not a turn that has begun.</param>
    ValueTask WakeAsync(long customer, long at, CancellationToken cancel = default);

    /// <summary>Joins one history into another, in one transaction under both versions.</summary>
    ValueTask<JoinOutcome> JoinAsync(long source, long target, string? by, CancellationToken cancel = default);

    /// <summary>Undoes a join: what the source brought and what came in under its names since goes back to it.</summary>
    /// <returns>False when the target never absorbed the source, or has given it back.</returns>
    ValueTask<bool> SplitAsync(long target, long source, string by, CancellationToken cancel = default);

    /// <summary>Checks a queued message once more and records it as handed over, or withholds it.</summary>
    /// <returns>What the letter is made of, or null when it is withheld or no longer queued.</returns>
    ValueTask<LetterDraft?> HandOverAsync(long customer, Guid message, CancellationToken cancel = default);

    /// <summary>What a playbook would do for this customer now; nothing is changed or sent.</summary>
    ValueTask<DryRun> DryRunAsync(long customer, string playbook, CancellationToken cancel = default);

    ValueTask<bool> ChangeConsentAsync(long customer, ConsentChanged change, CancellationToken cancel = default);

    /// <summary>Hides a product from this customer for good, or shows it again.</summary>
    ValueTask HideAsync(long customer, NeverShow change, CancellationToken cancel = default);

    /// <summary>A marketer's word on a warning.</summary>
    /// <returns>False when there is no such warning open.</returns>
    ValueTask<bool> CloseWarningAsync(
        long customer,
        Guid warning,
        WarningOutcome outcome,
        string by,
        string? note,
        CancellationToken cancel = default
    );

    /// <summary>Forgets the person for good: names, keys, forwarders, snapshots.</summary>
    ValueTask<ErasureReceipt> EraseAsync(long customer, string by, CancellationToken cancel = default);
}

/// <summary>What an answer to a recorded event is to contain besides the acknowledgement.</summary>
[Flags]
public enum Include : byte
{
    Nothing = 0,
    Recommendations = 1,
    Stage = 2,
    Churn = 4,
    Outreach = 8,
}

public sealed record RecordRequest(IReadOnlyList<Tracked> Events)
{
    /// <summary>History: nothing is sent because of it.</summary>
    public bool Imported { get; init; }

    /// <summary>Keys by which the import knows these facts again; committed together with them.</summary>
    public IReadOnlyList<UInt128> ImportKeys { get; init; } = [];

    public Include Include { get; init; }

    public RecommendationQuery? Recommendations { get; init; }
}

/// <summary>What came of recording. <see cref="Duplicates"/> marks the events known before, by index; null when there were none.</summary>
public sealed record Recorded(long Customer, long Position, bool[]? Duplicates)
{
    public Recommended? Recommendations { get; init; }
    public LifecycleStage? Stage { get; init; }
    public LifecycleStage? StageBefore { get; init; }
    public ChurnView? Churn { get; init; }
    public float? RiskBefore { get; init; }
    public OutreachChange? Outreach { get; init; }
}

/// <summary>Messages that the events put into the outbox or took out of it.</summary>
public sealed record OutreachChange(IReadOnlyList<MessageQueued> Added, IReadOnlyList<MessageWithheld> Cancelled);

/// <summary>A question for recommendations, in product numbers; see <see cref="Request"/>.</summary>
public sealed record RecommendationQuery(Placement Placement, int Limit = 10)
{
    public int Product { get; init; } = -1;

    /// <summary>
    /// The path of the category to stay in, null for all: a text, because each process numbers categories in the order in which
    /// it met them.
    /// </summary>
    public string? Category { get; init; }

    public Recommendations.Filters.Filter? Filter { get; init; }
    public IReadOnlyList<int> Exclude { get; init; } = [];
}

public sealed record Recommended(string Strategy, Recommendation[] Items, long At);

/// <summary>Risk from 0 to 1, null for somebody who never bought. Amounts in ten-thousandths of the base currency.</summary>
public sealed record ChurnView(
    float? Risk,
    bool AtRisk,
    IReadOnlyList<string> Reasons,
    long MoneyAtRisk,
    long ExpectedValue,
    string ModelVersion
)
{
    /// <summary>Null for somebody who never bought, and before a value model was trained.</summary>
    public ForecastView? Forecast { get; init; }
}

/// <summary>Purchases to come, by the shop's value model.</summary>
/// <param name="HorizonDays">How far it looks.</param>
/// <param name="Active">Probability of not having left for good.</param>
/// <param name="Purchases">Purchase days expected within the horizon.</param>
/// <param name="Value">Spend expected within the horizon, ten-thousandths of the base currency.</param>
/// <param name="Next">The next purchase, if the customer has not left: the median, Unix milliseconds.</param>
/// <param name="Earliest">One in ten such customers has bought by then.</param>
/// <param name="Latest">Nine in ten have.</param>
/// <param name="ModelVersion">Of the value model.</param>
public sealed record ForecastView(
    int HorizonDays,
    double Active,
    double Purchases,
    long Value,
    long Next,
    long Earliest,
    long Latest,
    string ModelVersion
);

/// <summary>The customer as it is: product numbers, Unix milliseconds, ten-thousandths of the base currency.</summary>
public sealed record CustomerView(
    long Customer,
    int Version,
    bool Known,
    bool IsErased,
    LifecycleStage Stage,
    long FirstSeen,
    long LastSeen,
    int Visits,
    int Events,
    int Orders,
    long Revenue,
    int Cancellations,
    long Cancelled,
    long LastOrder,
    CartLine[] Cart,
    int[] Favourites,
    int[] RecentlyViewed,
    DraftOrder? Draft,
    Profile? Profile,
    VisitSource? FirstSource,
    VisitSource? LastSource,
    OpenWarning[] Warnings,
    IReadOnlyList<ConsentView> Consents,
    ChurnView Churn
);

public sealed record ConsentView(string Channel, string Topic, bool Granted);

public enum JoinOutcome : byte
{
    Joined,

    /// <summary>They are one already.</summary>
    AlreadyOne,

    /// <summary>A name was moved meanwhile: resolve again.</summary>
    NamesMoved,
}

/// <summary>What a letter is made of, as it stood in the turn that handed it over. Numbers and amounts as elsewhere.</summary>
public sealed record LetterDraft(
    Guid Message,
    string Programme,
    string Topic,
    string Address,
    string? FirstName,
    string? Locale,
    CartLine[] Cart,
    Recommendation[] Recommendations,
    string[] Reasons
);

/// <summary>What a playbook would do. <see cref="Withheld"/> is empty when the letter would go out.</summary>
public sealed record DryRun(long Customer, bool Applies, IReadOnlyList<Withheld> Withheld, long NotBefore, LetterDraft? Letter);

/// <summary>What was destroyed, per store, and when the last backup that could still open the history expires.</summary>
public sealed record ErasureReceipt(
    long Customer,
    long At,
    IReadOnlyDictionary<string, long> Removed,
    IReadOnlyList<long> Forwarders
);

using Personalization.Events;
using Personalization.Experiments;
using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Customers;

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

[GenerateSerializer, Immutable, Alias("record-request")]
public sealed record RecordRequest(Tracked[] Events)
{
    /// <summary>History: nothing is sent because of it.</summary>
    [Id(0)]
    public bool Imported { get; init; }

    /// <summary>Keys by which the import knows these facts again; committed together with them.</summary>
    [Id(1)]
    public UInt128[] ImportKeys { get; init; } = [];

    [Id(2)]
    public Include Include { get; init; }

    [Id(3)]
    public RecommendationQuery? Recommendations { get; init; }

    /// <summary>The customer was made for this call: there is no history to read.</summary>
    [Id(4)]
    public bool IsNewCustomer { get; init; }

    /// <summary>Claimed events that the customer takes in within a day; 0 for any number.</summary>
    [Id(10)]
    public int ClaimedPerDay { get; init; }
}

/// <summary>What came of recording. <see cref="Duplicates"/> marks the events known before, by index; null when there were none.</summary>
[GenerateSerializer, Immutable, Alias("recorded")]
public sealed record Recorded(long Customer, long Position, bool[]? Duplicates)
{
    [Id(0)]
    public Recommended? Recommendations { get; init; }

    [Id(1)]
    public LifecycleStage? Stage { get; init; }

    [Id(2)]
    public LifecycleStage? StageBefore { get; init; }

    [Id(3)]
    public ChurnView? Churn { get; init; }

    [Id(4)]
    public float? RiskBefore { get; init; }

    [Id(5)]
    public OutreachChange? Outreach { get; init; }

    /// <summary>
    /// The claimed events that were not recorded, by index, because they were beyond <see cref="RecordRequest.ClaimedPerDay"/>.
    /// </summary>
    [Id(10)]
    public int[] BeyondDay { get; init; } = [];
}

/// <summary>Messages that the events put into the outbox or took out of it.</summary>
[GenerateSerializer, Immutable, Alias("outreach-change")]
public sealed record OutreachChange(MessageQueued[] Added, MessageWithheld[] Cancelled);

/// <summary>A question for recommendations, in product numbers; see <see cref="RecommendationRequest"/>.</summary>
[GenerateSerializer, Immutable, Alias("recommendation-query")]
public sealed record RecommendationQuery(Placement Placement, int Limit = 10)
{
    [Id(0)]
    public int Product { get; init; } = -1;

    /// <summary>
    /// The path of the category to stay in, null for all: a text, because each process numbers categories in the order in which
    /// it met them.
    /// </summary>
    [Id(1)]
    public string? Category { get; init; }

    [Id(2)]
    public Recommendations.Filters.Filter? Filter { get; init; }

    [Id(3)]
    public int[] Exclude { get; init; } = [];

    /// <summary>Rules to answer by in place of those of the placement; null for these.</summary>
    [Id(4)]
    public RecommendationRules? Rules { get; init; }

    /// <summary>
    /// What experiments tell the visitor apart by (<see cref="Experiment.KeyOf"/>); null where none is to be asked.
    /// </summary>
    [Id(5)]
    public ulong? Visitor { get; init; }
}

[GenerateSerializer, Immutable, Alias("recommended")]
public sealed record Recommended(string Strategy, Recommendation[] Items, long At)
{
    [Id(0)]
    public VisitorKind Visitor { get; init; }

    /// <summary>BCP 47, as the customer's calls said it; null where none did.</summary>
    [Id(1)]
    public string? Locale { get; init; }

    /// <summary>Version of the ranking model that was in use; null where none was.</summary>
    [Id(2)]
    public string? Model { get; init; }

    /// <summary>Of the customer it is for.</summary>
    [Id(3)]
    public Skill Skill { get; init; }

    /// <summary>The variant that it was made by; null where no experiment runs here.</summary>
    [Id(4)]
    public AnsweredVariant? Experiment { get; init; }

    public AnswerSource Source => new(Strategy, Model);
}

/// <summary>Risk from 0 to 1, null for a customer without purchases. Amounts in ten-thousandths of the base currency.</summary>
[GenerateSerializer, Immutable, Alias("churn-view")]
public sealed record ChurnView(
    float? Risk,
    bool AtRisk,
    string[] Reasons,
    long MoneyAtRisk,
    long ExpectedValue,
    string ModelVersion
)
{
    /// <summary>Null for a customer without purchases, and before a value model was trained.</summary>
    [Id(0)]
    public ForecastView? Forecast { get; init; }
}

/// <summary>Purchases to come, by the shop's value model.</summary>
/// <param name="HorizonDays">How far it looks.</param>
/// <param name="Active">Probability of not having left for good.</param>
/// <param name="Purchases">Purchase days expected within the horizon.</param>
/// <param name="Value">Spend expected within the horizon, ten-thousandths of the base currency.</param>
/// <param name="Next">The next purchase, if the customer has not left: the median, Unix milliseconds; 0 where it, or one of the next two, is no date any more.</param>
/// <param name="Earliest">One in ten such customers has bought by then.</param>
/// <param name="Latest">Nine in ten have.</param>
/// <param name="ModelVersion">Of the value model.</param>
[GenerateSerializer, Immutable, Alias("forecast-view")]
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
[GenerateSerializer, Immutable, Alias("customer-view")]
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
    ConsentView[] Consents,
    ChurnView Churn
)
{
    /// <summary>How what holds now came to be, oldest first.</summary>
    [Id(0)]
    public ConsentChange[] ConsentChanges { get; init; } = [];

    [Id(1)]
    public TrackingLevel Tracking { get; init; }

    /// <summary>Orders of which only the public key has told, and their amounts: in none of the other sums.</summary>
    [Id(2)]
    public int ClaimedOrders { get; init; }

    [Id(3)]
    public long ClaimedRevenue { get; init; }

    [Id(4)]
    public Skill Skill { get; init; }

    /// <summary>What was refunded besides what was cancelled.</summary>
    [Id(5)]
    public long Refunded { get; init; }

    /// <summary>Products that are never shown to this customer.</summary>
    [Id(6)]
    public int[] NeverShow { get; init; } = [];
}

/// <summary>What holds for a channel and topic, and since which word.</summary>
[GenerateSerializer, Immutable, Alias("consent-view")]
public sealed record ConsentView(string Channel, string Topic, bool Granted);

public enum MergeOutcome : byte
{
    Merged,

    /// <summary>They are one already.</summary>
    AlreadyOne,

    /// <summary>A name was moved meanwhile: resolve again.</summary>
    NamesMoved,
}

/// <summary>what a message is made of, as it stood in the turn that dispatched it. Numbers and amounts as elsewhere.</summary>
[GenerateSerializer, Immutable, Alias("message-draft")]
public sealed record MessageDraft(
    Guid Message,
    string Playbook,
    string Topic,
    string Address,
    string? FirstName,
    string? Locale,
    CartLine[] Cart,
    Recommendation[] Recommendations,
    string[] Reasons
)
{
    /// <summary>For a message that asks for a confirmation: the name that asked for it.</summary>
    [Id(0)]
    public long Name { get; init; }
}

/// <summary>What a playbook would do. <see cref="Withheld"/> is empty when the message would go out.</summary>
[GenerateSerializer, Immutable, Alias("dry-run")]
public sealed record DryRun(long Customer, bool Applies, Withheld[] Withheld, long NotBefore, MessageDraft? Message);

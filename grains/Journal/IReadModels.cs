namespace Personalization.Journal;

/// <summary>
/// Tables for lists and statistics: one row per customer and per warning, and counters, written by the projection that
/// holds the position, in the same transaction as the position. Numbers, never names: those are looked up at reading.
/// </summary>
public interface IReadModels
{
    /// <summary>The journal position these tables are at, or 0.</summary>
    ValueTask<long> PositionAsync(CancellationToken cancel = default);

    /// <summary>The rows of these customers that exist, by number.</summary>
    ValueTask<IReadOnlyDictionary<long, CustomerRow>> CustomersAsync(
        IReadOnlyCollection<long> customers,
        CancellationToken cancel = default
    );

    ValueTask<IReadOnlyDictionary<Guid, WarningRow>> WarningsAsync(
        IReadOnlyCollection<Guid> warnings,
        CancellationToken cancel = default
    );

    /// <summary>Writes changed rows and adds to the counters; moves the position. One transaction.</summary>
    ValueTask SaveAsync(ReadModelChange change, CancellationToken cancel = default);

    ValueTask<Statistics> StatisticsAsync(CancellationToken cancel = default);

    /// <summary>Customers by keyset: number greater than <paramref name="after"/>, optionally of one stage.</summary>
    ValueTask<IReadOnlyList<CustomerRow>> ListCustomersAsync(
        CustomerFilter filter,
        long after,
        int limit,
        CancellationToken cancel = default
    );

    /// <summary>Warnings ranked by money at risk, then risk, then id; keyset by the last row of the page before.</summary>
    ValueTask<IReadOnlyList<WarningRow>> ListWarningsAsync(
        WarningFilter filter,
        WarningRow? after,
        int limit,
        CancellationToken cancel = default
    );

    /// <summary>What came from where, from a day to another, both included.</summary>
    ValueTask<IReadOnlyList<SourceDay>> SourceDaysAsync(int from, int to, CancellationToken cancel = default);

    /// <summary>What became of recommendations, from a day to another, both included.</summary>
    ValueTask<IReadOnlyList<RecommendationDay>> RecommendationDaysAsync(int from, int to, CancellationToken cancel = default);

    /// <summary>The experiments that these customers are in.</summary>
    ValueTask<IReadOnlyList<ExposureRow>> ExposuresAsync(IReadOnlyCollection<long> customers, CancellationToken cancel = default);

    /// <summary>What became of the variants of a run of an experiment; none of a variant that nobody got.</summary>
    ValueTask<IReadOnlyList<VariantTotals>> ExperimentAsync(string experiment, long begun, CancellationToken cancel = default);

    /// <summary>Empties the tables, damaged ones too, and sets the position to 0, so that the projection builds them again.</summary>
    ValueTask ResetAsync(CancellationToken cancel = default);
}

/// <summary>Amounts in ten-thousandths of the base currency; times Unix milliseconds, 0 = never.</summary>
public sealed record CustomerRow(
    long Customer,
    bool Known,
    long FirstSeen,
    long LastSeen,
    int Events,
    int Orders,
    long Revenue,
    int Cancellations,
    long Cancelled,
    long LastOrder
)
{
    /// <summary>Number of the newest visit counted.</summary>
    public int Visit { get; init; }

    /// <summary>Where the customer came from first, and last, other than directly; as in <see cref="SourceDay.Source"/>.</summary>
    public string FirstSource { get; init; } = "";
    public string LastSource { get; init; } = "";

    /// <summary>Orders of which only the public key has told, and their amounts: in none of the other sums.</summary>
    public int ClaimedOrders { get; init; }
    public long ClaimedRevenue { get; init; }

    /// <summary>What was refunded besides what was cancelled.</summary>
    public long Refunded { get; init; }
}

/// <summary>What came from a source on a day; an order counts for its customer's last source, and for the first.</summary>
/// <param name="Day">Since 1970-01-01, UTC.</param>
/// <param name="Source">Source, medium and campaign with a tab between; empty: direct.</param>
/// <param name="FirstVisits">Those of the visits that were a customer's first.</param>
/// <param name="Revenue">In ten-thousandths of the base currency, before cancellations.</param>
public sealed record SourceDay(
    int Day,
    string Source,
    long Visits,
    long FirstVisits,
    long Orders,
    long Revenue,
    long FirstOrders,
    long FirstRevenue
);

/// <summary>
/// What became on a day of the answers of one kind. Amounts in ten-thousandths of the base currency, before cancellations.
/// </summary>
/// <param name="Day">Since 1970-01-01, UTC: the day of the events.</param>
/// <param name="Placement">The <see cref="Recommendations.Placement"/>.</param>
/// <param name="Source">The <see cref="Recommendations.AnswerSource.Key"/>; 0 = not known.</param>
/// <param name="By">The <see cref="Events.AttributedBy"/>.</param>
/// <param name="IsMachine">What programs did: counted apart.</param>
public sealed record RecommendationDay(int Day, byte Placement, uint Source, byte By, bool IsMachine)
{
    /// <summary>Answers that the storefront told it showed, and the products in them.</summary>
    public long Shown { get; init; }
    public long ShownItems { get; init; }

    /// <summary>Products clicked and put in a cart.</summary>
    public long Clicked { get; init; }
    public long Carted { get; init; }

    /// <summary>Orders with such products, and what these products cost.</summary>
    public long Orders { get; init; }
    public long Revenue { get; init; }

    /// <summary>Orders of which only the public key has told.</summary>
    public long ClaimedOrders { get; init; }
    public long ClaimedRevenue { get; init; }
}

/// <summary>A customer in an experiment. Amount in ten-thousandths of the base currency; times Unix milliseconds.</summary>
/// <param name="Begun">When the run of the experiment began.</param>
/// <param name="Variant">Its place among the variants, from 0.</param>
/// <param name="At">The first answer.</param>
/// <param name="Orders">Orders since then that are proved.</param>
/// <param name="Revenue">What they amount to, before cancellations.</param>
public sealed record ExposureRow(
    long Customer,
    string Experiment,
    long Begun,
    int Variant,
    long At,
    int Orders = 0,
    long Revenue = 0
);

/// <param name="Visitors">Customers that got an answer of it.</param>
/// <param name="Buyers">Those of them who ordered since.</param>
/// <param name="Revenue">In ten-thousandths of the base currency, before cancellations.</param>
public readonly record struct VariantTotals(int Variant, long Visitors, long Buyers, long Orders, long Revenue);

/// <param name="Status">0 = open, otherwise the <see cref="Events.WarningOutcome"/>.</param>
/// <param name="Reasons">The sentences, one a line.</param>
public sealed record WarningRow(
    Guid Warning,
    long Customer,
    byte Policy,
    float Risk,
    long MoneyAtRisk,
    string Reasons,
    string Model,
    long RaisedAt,
    byte Status,
    long ClosedAt
);

/// <summary>Totals over all time. Revenue before cancellations; amounts in ten-thousandths of the base currency.</summary>
public sealed record Statistics(
    long Customers,
    long Buyers,
    long Events,
    long Orders,
    long Cancellations,
    long Revenue,
    long Cancelled,
    long Unconverted,
    long Position
)
{
    /// <summary>Orders of which only the public key has told, and their amounts: in none of the other sums.</summary>
    public long ClaimedOrders { get; init; }
    public long ClaimedRevenue { get; init; }

    /// <summary>What was refunded besides what was cancelled.</summary>
    public long Refunded { get; init; }
}

public sealed record CustomerFilter(bool? Known = null, bool? Buyers = null);

public sealed record WarningFilter(bool? Open = true, byte? Policy = null, long? Customer = null);

/// <summary>What one step of the projection changes.</summary>
public sealed class ReadModelChange
{
    public required long FromPosition { get; init; }
    public required long ToPosition { get; init; }
    public required IReadOnlyCollection<CustomerRow> Customers { get; init; }

    /// <summary>Rows that are no more: customers that were merged into another, or erased.</summary>
    public IReadOnlyCollection<long> RemovedCustomers { get; init; } = [];
    public IReadOnlyCollection<WarningRow> Warnings { get; init; } = [];

    /// <summary>To be added to the rows of their day and source.</summary>
    public IReadOnlyCollection<SourceDay> Sources { get; init; } = [];

    /// <summary>To be added to the rows of their day and answers.</summary>
    public IReadOnlyCollection<RecommendationDay> Recommendations { get; init; } = [];

    /// <summary>Rows of customers in experiments that are new or changed.</summary>
    public IReadOnlyCollection<ExposureRow> Exposures { get; init; } = [];

    /// <summary>Customers whose rows moved to another.</summary>
    public IReadOnlyCollection<long> RemovedExposures { get; init; } = [];

    /// <summary>To be added to the counters.</summary>
    public required Statistics Add { get; init; }
}

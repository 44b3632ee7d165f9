namespace Personalization.Storage;

/// <summary>
/// Tables for lists and statistics: one row per customer and per warning, and counters, written by the follower that
/// holds the position, in the same transaction as the position. Numbers, never names: those are joined at reading.
/// </summary>
public interface IReadModels
{
    /// <summary>The journal position these tables are at, or 0.</summary>
    ValueTask<long> PositionAsync(CancellationToken cancel = default);

    /// <summary>The rows of these customers that exist, by number.</summary>
    ValueTask<IReadOnlyDictionary<long, CustomerRow>> CustomersAsync(IReadOnlyCollection<long> customers, CancellationToken cancel = default);

    ValueTask<IReadOnlyDictionary<Guid, WarningRow>> WarningsAsync(IReadOnlyCollection<Guid> warnings, CancellationToken cancel = default);

    /// <summary>Writes changed rows and adds to the counters; moves the position. One transaction.</summary>
    ValueTask SaveAsync(ReadModelChange change, CancellationToken cancel = default);

    ValueTask<Statistics> StatisticsAsync(CancellationToken cancel = default);

    /// <summary>Customers by keyset: number greater than <paramref name="after"/>, optionally of one stage.</summary>
    ValueTask<IReadOnlyList<CustomerRow>> ListCustomersAsync(CustomerFilter filter, long after, int limit, CancellationToken cancel = default);

    /// <summary>Warnings ranked by money at risk, then risk, then id; keyset by the last row of the page before.</summary>
    ValueTask<IReadOnlyList<WarningRow>> ListWarningsAsync(WarningFilter filter, WarningRow? after, int limit, CancellationToken cancel = default);

    /// <summary>Empties the tables and sets the position to 0, so that the follower builds them again.</summary>
    ValueTask ResetAsync(CancellationToken cancel = default);
}

/// <summary>Amounts in ten-thousandths of the base currency; times Unix milliseconds, 0 = never.</summary>
public sealed record CustomerRow(
    long Customer, bool Known, long FirstSeen, long LastSeen, int Events, int Orders, long Revenue, int Cancellations, long Cancelled, long LastOrder);

/// <param name="Status">0 = open, otherwise the <see cref="Events.WarningOutcome"/>.</param>
/// <param name="Reasons">The sentences, one a line.</param>
public sealed record WarningRow(
    Guid Warning, long Customer, byte Policy, float Risk, long MoneyAtRisk, string Reasons, string Model, long RaisedAt, byte Status, long ClosedAt);

/// <summary>Totals over all time. Revenue before cancellations; amounts in ten-thousandths of the base currency.</summary>
public sealed record Statistics(
    long Customers, long Buyers, long Events, long Orders, long Cancellations, long Revenue, long Cancelled, long Unconverted, long Position);

public sealed record CustomerFilter(bool? Known = null, bool? Buyers = null);

public sealed record WarningFilter(bool? Open = true, byte? Policy = null, long? Customer = null);

/// <summary>What one step of the follower changes.</summary>
public sealed class ReadModelChange
{
    public required long FromPosition { get; init; }
    public required long ToPosition { get; init; }
    public required IReadOnlyCollection<CustomerRow> Customers { get; init; }
    /// <summary>Rows that are no more: customers that were joined into another, or erased.</summary>
    public IReadOnlyCollection<long> RemovedCustomers { get; init; } = [];
    public IReadOnlyCollection<WarningRow> Warnings { get; init; } = [];
    /// <summary>To be added to the counters.</summary>
    public required Statistics Add { get; init; }
}

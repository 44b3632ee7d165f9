using System.Data.Common;
using Npgsql;
using Personalization.Journal;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>The read models as tables beside the journal.</summary>
sealed class PostgresReadModels(PostgresDatabase store) : IReadModels
{
    static readonly SqlFile Sql = SqlFile.LoadNumbered("Postgres/views.sql");
    readonly PostgresDatabase _database = store.With(Sql);

    public async ValueTask<long> PositionAsync(CancellationToken cancel = default) => (await StatisticsAsync(cancel)).Position;

    public async ValueTask<IReadOnlyDictionary<long, CustomerRow>> CustomersAsync(
        IReadOnlyCollection<long> customers,
        CancellationToken cancel = default
    ) =>
        (await _database.ReadAsync(_database.Query("find-customers", P(customers.ToArray())), Customer, cancel)).ToDictionary(c =>
            c.Customer
        );

    public async ValueTask<IReadOnlyDictionary<Guid, WarningRow>> WarningsAsync(
        IReadOnlyCollection<Guid> warnings,
        CancellationToken cancel = default
    ) =>
        (await _database.ReadAsync(_database.Query("find-warnings", P(warnings.ToArray())), Warning, cancel)).ToDictionary(w =>
            w.Warning
        );

    public async ValueTask SaveAsync(ReadModelChange change, CancellationToken cancel = default) =>
        await _database.InTransactionAsync(
            async connection =>
            {
                await using var move = connection.CreateBatch();
                move.BatchCommands.Add(AddStatistics(change));
                if (await move.ExecuteNonQueryAsync(cancel) != 1)
                    throw new StoreUnavailableException(
                        $"The read models are not at position {change.FromPosition}: another projection moved them."
                    );
                await using var rows = connection.CreateBatch();
                if (change.Customers.Count > 0)
                    rows.BatchCommands.Add(SaveCustomers(change.Customers));
                if (change.RemovedCustomers.Count > 0)
                    rows.BatchCommands.Add(_database.Query("remove-customers", P(change.RemovedCustomers.ToArray())));
                if (change.Sources.Count > 0)
                    rows.BatchCommands.Add(AddSourceDays(change.Sources));
                if (change.Recommendations.Count > 0)
                    rows.BatchCommands.Add(AddRecommendationDays(change.Recommendations));
                if (change.RemovedExposures.Count > 0)
                    rows.BatchCommands.Add(_database.Query("remove-exposures", P(change.RemovedExposures.ToArray())));
                if (change.Exposures.Count > 0)
                    rows.BatchCommands.Add(SaveExposures(change.Exposures));
                if (change.Warnings.Count > 0)
                    rows.BatchCommands.Add(SaveWarnings(change.Warnings));
                return rows.BatchCommands.Count == 0 ? 0 : await rows.ExecuteNonQueryAsync(cancel);
            },
            cancel
        );

    NpgsqlBatchCommand AddStatistics(ReadModelChange change)
    {
        var a = change.Add;
        return _database.Query(
            "add-statistics",
            P(a.Customers),
            P(a.Buyers),
            P(a.Events),
            P(a.Orders),
            P(a.Cancellations),
            P(a.Revenue),
            P(a.Cancelled),
            P(a.Unconverted),
            P(a.ClaimedOrders),
            P(a.ClaimedRevenue),
            P(a.Refunded),
            P(change.ToPosition),
            P(change.FromPosition)
        );
    }

    NpgsqlBatchCommand SaveCustomers(IEnumerable<CustomerRow> rows) =>
        _database.Query(
            "save-customers",
            P(rows, c => c.Customer),
            P(rows, c => c.Known),
            P(rows, c => c.FirstSeen),
            P(rows, c => c.LastSeen),
            P(rows, c => c.Events),
            P(rows, c => c.Orders),
            P(rows, c => c.Revenue),
            P(rows, c => c.Cancellations),
            P(rows, c => c.Cancelled),
            P(rows, c => c.LastOrder),
            P(rows, c => c.Visit),
            P(rows, c => c.FirstSource),
            P(rows, c => c.LastSource),
            P(rows, c => c.ClaimedOrders),
            P(rows, c => c.ClaimedRevenue),
            P(rows, c => c.Refunded)
        );

    NpgsqlBatchCommand AddSourceDays(IEnumerable<SourceDay> rows) =>
        _database.Query(
            "add-source-days",
            P(rows, d => d.Day),
            P(rows, d => d.Source),
            P(rows, d => d.Visits),
            P(rows, d => d.FirstVisits),
            P(rows, d => d.Orders),
            P(rows, d => d.Revenue),
            P(rows, d => d.FirstOrders),
            P(rows, d => d.FirstRevenue)
        );

    NpgsqlBatchCommand AddRecommendationDays(IEnumerable<RecommendationDay> rows) =>
        _database.Query(
            "add-recommendation-days",
            P(rows, r => r.Day),
            P(rows, r => (short)r.Placement),
            P(rows, r => (long)r.Source),
            P(rows, r => (short)r.By),
            P(rows, r => r.IsMachine),
            P(rows, r => r.Shown),
            P(rows, r => r.ShownItems),
            P(rows, r => r.Clicked),
            P(rows, r => r.Carted),
            P(rows, r => r.Orders),
            P(rows, r => r.Revenue),
            P(rows, r => r.ClaimedOrders),
            P(rows, r => r.ClaimedRevenue)
        );

    NpgsqlBatchCommand SaveExposures(IEnumerable<ExposureRow> rows) =>
        _database.Query(
            "save-exposures",
            P(rows, e => e.Customer),
            P(rows, e => e.Experiment),
            P(rows, e => e.Begun),
            P(rows, e => e.Variant),
            P(rows, e => e.At),
            P(rows, e => e.Orders),
            P(rows, e => e.Revenue)
        );

    NpgsqlBatchCommand SaveWarnings(IEnumerable<WarningRow> rows) =>
        _database.Query(
            "save-warnings",
            P(rows, w => w.Warning),
            P(rows, w => w.Customer),
            P(rows, w => (short)w.Policy),
            P(rows, w => w.Risk),
            P(rows, w => w.MoneyAtRisk),
            P(rows, w => w.Reasons),
            P(rows, w => w.Model),
            P(rows, w => w.RaisedAt),
            P(rows, w => (short)w.Status),
            P(rows, w => w.ClosedAt)
        );

    public async ValueTask<Statistics> StatisticsAsync(CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(
                _database.Query("read-statistics"),
                static row => new Statistics(
                    row.GetInt64(0),
                    row.GetInt64(1),
                    row.GetInt64(2),
                    row.GetInt64(3),
                    row.GetInt64(4),
                    row.GetInt64(5),
                    row.GetInt64(6),
                    row.GetInt64(7),
                    row.GetInt64(8)
                )
                {
                    ClaimedOrders = row.GetInt64(9),
                    ClaimedRevenue = row.GetInt64(10),
                    Refunded = row.GetInt64(11),
                },
                cancel
            )
        )[0];

    public async ValueTask<IReadOnlyList<CustomerRow>> ListCustomersAsync(
        CustomerFilter filter,
        long after,
        int limit,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("list-customers", P(after), Optional(filter.Known), Optional(filter.Buyers), P(limit)),
            Customer,
            cancel
        );

    public async ValueTask<IReadOnlyList<WarningRow>> ListWarningsAsync(
        WarningFilter filter,
        WarningRow? after,
        int limit,
        CancellationToken cancel = default
    ) => await _database.ReadAsync(Ranked(filter, after, limit), Warning, cancel);

    /// <summary>The query that has the right index for the filter.</summary>
    NpgsqlBatchCommand Ranked(WarningFilter filter, WarningRow? after, int limit)
    {
        var (money, risk, warning) = after is null
            ? (long.MaxValue, float.MaxValue, Guid.Empty)
            : (after.MoneyAtRisk, after.Risk, after.Warning);
        var (open, policy) = (Optional(filter.Open), Optional((short?)filter.Policy));
        if (filter.Customer is { } customer)
            return _database.Query("list-warnings-of", P(customer), P(money), P(risk), P(warning), open, policy, P(limit));
        return filter.Open == true
            ? _database.Query("list-open-warnings", P(money), P(risk), P(warning), policy, P(limit))
            : _database.Query("list-warnings", P(money), P(risk), P(warning), open, policy, P(limit));
    }

    public async ValueTask<IReadOnlyList<SourceDay>> SourceDaysAsync(int from, int to, CancellationToken cancel = default) =>
        await _database.ReadAsync(
            _database.Query("read-source-days", P(from), P(to)),
            static row => new SourceDay(
                row.GetInt32(0),
                row.GetString(1),
                row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetInt64(5),
                row.GetInt64(6),
                row.GetInt64(7)
            ),
            cancel
        );

    public async ValueTask<IReadOnlyList<RecommendationDay>> RecommendationDaysAsync(
        int from,
        int to,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("read-recommendation-days", P(from), P(to)),
            static row => new RecommendationDay(
                row.GetInt32(0),
                (byte)row.GetInt16(1),
                (uint)row.GetInt64(2),
                (byte)row.GetInt16(3),
                row.GetBoolean(4)
            )
            {
                Shown = row.GetInt64(5),
                ShownItems = row.GetInt64(6),
                Clicked = row.GetInt64(7),
                Carted = row.GetInt64(8),
                Orders = row.GetInt64(9),
                Revenue = row.GetInt64(10),
                ClaimedOrders = row.GetInt64(11),
                ClaimedRevenue = row.GetInt64(12),
            },
            cancel
        );

    public async ValueTask<IReadOnlyList<ExposureRow>> ExposuresAsync(
        IReadOnlyCollection<long> customers,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("find-exposures", P(customers.ToArray())),
            static row => new ExposureRow(
                row.GetInt64(0),
                row.GetString(1),
                row.GetInt64(2),
                row.GetInt32(3),
                row.GetInt64(4),
                row.GetInt32(5),
                row.GetInt64(6)
            ),
            cancel
        );

    public async ValueTask<IReadOnlyList<VariantTotals>> ExperimentAsync(
        string experiment,
        long begun,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("read-experiment", P(experiment), P(begun)),
            static row => new VariantTotals(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
            cancel
        );

    public async ValueTask ResetAsync(CancellationToken cancel = default) =>
        await _database.RunAsync(cancel, _database.Query("clear"), _database.Query("clear-statistics"));

    static CustomerRow Customer(DbDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetBoolean(1),
            row.GetInt64(2),
            row.GetInt64(3),
            row.GetInt32(4),
            row.GetInt32(5),
            row.GetInt64(6),
            row.GetInt32(7),
            row.GetInt64(8),
            row.GetInt64(9)
        )
        {
            Visit = row.GetInt32(10),
            FirstSource = row.GetString(11),
            LastSource = row.GetString(12),
            ClaimedOrders = row.GetInt32(13),
            ClaimedRevenue = row.GetInt64(14),
            Refunded = row.GetInt64(15),
        };

    static WarningRow Warning(DbDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetInt64(1),
            (byte)row.GetInt16(2),
            row.GetFloat(3),
            row.GetInt64(4),
            row.GetString(5),
            row.GetString(6),
            row.GetInt64(7),
            (byte)row.GetInt16(8),
            row.GetInt64(9)
        );
}

using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Measures;

namespace Personalization.Projections;

/// <summary>Keeps the tables for lists and statistics: a sum over the journal, the same however often it is built.</summary>
/// <param name="models">The tables.</param>
/// <param name="sourcesPerDay">How many sources of visits a day tells apart.</param>
/// <param name="beyond">Told when there are more.</param>
public sealed class ReadModelProjection(IReadModels models, int sourcesPerDay = 1_000, Action? beyond = null)
{
    const long Day = 86_400_000;

    /// <summary>Strangers who tell of every day there was would fill the bound of each with names.</summary>
    const long StaleAfter = 30 * Day;
    readonly DaySources _sources = new(models, sourcesPerDay, beyond ?? (static () => { }));

    /// <summary>More warnings than a customer can have open.</summary>
    const int MaxOpen = 100;

    /// <summary>Adds what entries say, moving the read models from one position to another; all or nothing.</summary>
    public async ValueTask ApplyAsync(IReadOnlyList<JournalEntry> entries, long from, long to, CancellationToken cancel)
    {
        var events = entries.Select(entry => (entry.Customer, entry.Time, Events: entry.Behaviour())).ToList();
        var customers = new Dictionary<long, CustomerRow>(await models.CustomersAsync(Touched(events), cancel));
        var warnings = new Dictionary<Guid, WarningRow>(await models.WarningsAsync(Changed(events), cancel));
        foreach (var (customer, _, list) in events)
            if (list.Any(e => e is Erased))
                foreach (
                    var open in await models.ListWarningsAsync(new WarningFilter(true, Customer: customer), null, MaxOpen, cancel)
                )
                    warnings.TryAdd(open.Warning, open);
        await _sources.LoadAsync(
            events.SelectMany(entry => entry.Events).OfType<Tracked>().Select(t => DayOf(t)).Distinct(),
            cancel
        );
        var concerned = ExperimentOutcomes.Concerned(events);
        var exposures = new ExperimentOutcomes(concerned.Count == 0 ? [] : await models.ExposuresAsync(concerned, cancel));
        var step = new Step(customers, warnings, _sources, exposures);
        foreach (var (customer, at, list) in events)
        foreach (var e in list)
            step.Apply(customer, e, at);
        await models.SaveAsync(
            new ReadModelChange
            {
                FromPosition = from,
                ToPosition = to,
                Customers = step.ChangedCustomers,
                RemovedCustomers = step.Removed,
                Warnings = step.ChangedWarnings,
                Sources = step.Sources,
                Recommendations = step.Recommendations.Rows,
                Exposures = exposures.Changed,
                RemovedExposures = exposures.Moved,
                Add = step.Added(to),
            },
            cancel
        );
    }

    static int DayOf(Tracked t) => (int)Math.DivRem(t.Time, Day).Quotient;

    static HashSet<long> Touched(List<(long Customer, long Time, IReadOnlyList<CustomerEvent> Events)> events)
    {
        var touched = new HashSet<long>();
        foreach (var (customer, _, list) in events)
        {
            touched.Add(customer);
            foreach (var e in list)
                if (e is Merged merge)
                    touched.Add(merge.Source);
        }
        return touched;
    }

    static HashSet<Guid> Changed(List<(long Customer, long Time, IReadOnlyList<CustomerEvent> Events)> events)
    {
        var changed = new HashSet<Guid>();
        foreach (var e in events.SelectMany(entry => entry.Events))
            if (e is WarningClosed closed)
                changed.Add(closed.Warning);
            else if (e is WarningUpdated updated)
                changed.Add(updated.Warning);
        return changed;
    }

    /// <summary>What one batch of entries does to the rows it touches.</summary>
    sealed class Step(
        Dictionary<long, CustomerRow> customers,
        Dictionary<Guid, WarningRow> warnings,
        DaySources sources,
        ExperimentOutcomes exposures
    )
    {
        readonly HashSet<long> _changed = [];
        readonly HashSet<Guid> _changedWarnings = [];
        long _customerCount,
            _buyers,
            _events,
            _orders,
            _cancellations,
            _revenue,
            _cancelled,
            _unconverted,
            _claimedOrders,
            _claimedRevenue,
            _refunded;

        readonly Dictionary<(int Day, string Source), SourceDay> _sources = [];

        public HashSet<long> Removed { get; } = [];
        public IReadOnlyCollection<SourceDay> Sources => _sources.Values;
        public RecommendationDays Recommendations { get; } = new();
        public List<CustomerRow> ChangedCustomers =>
            _changed.Where(customers.ContainsKey).Select(number => customers[number]).ToList();
        public List<WarningRow> ChangedWarnings => _changedWarnings.Select(id => warnings[id]).ToList();

        public Statistics Added(long position) =>
            new(_customerCount, _buyers, _events, _orders, _cancellations, _revenue, _cancelled, _unconverted, position)
            {
                ClaimedOrders = _claimedOrders,
                ClaimedRevenue = _claimedRevenue,
                Refunded = _refunded,
            };

        /// <param name="at">When it was recorded.</param>
        public void Apply(long customer, CustomerEvent e, long at)
        {
            exposures.Apply(customer, e);
            switch (e)
            {
                case Tracked tracked:
                    Apply(customer, tracked, at);
                    break;
                case Merged merge:
                    Merge(customer, merge);
                    break;
                case Unmerged unmerge:
                    Unmerge(customer, unmerge);
                    break;
                case Erased:
                    Erase(customer, e.Time);
                    break;
                case WarningRaised raised:
                    Put(
                        new WarningRow(
                            raised.Warning,
                            customer,
                            (byte)raised.Policy,
                            raised.Risk,
                            raised.MoneyAtRisk,
                            string.Join('\n', raised.Reasons),
                            raised.Model,
                            raised.Time,
                            0,
                            0
                        )
                    );
                    break;
                case WarningUpdated updated when warnings.TryGetValue(updated.Warning, out var open):
                    Put(
                        open with
                        {
                            Risk = updated.Risk,
                            MoneyAtRisk = updated.MoneyAtRisk,
                            Reasons = string.Join('\n', updated.Reasons),
                            Model = updated.Model,
                        }
                    );
                    break;
                case WarningClosed closed when warnings.TryGetValue(closed.Warning, out var open):
                    Put(open with { Status = (byte)closed.Outcome, ClosedAt = closed.Time });
                    break;
            }
        }

        void Apply(long customer, Tracked t, long at)
        {
            Recommendations.Count(t);
            var row = RowOf(customer);
            var isClaimed = t.Marks.HasFlag(EventMarks.Claimed);
            var isOrderWord = Fold.IsOrder(t);
            var isNew = isOrderWord && !t.Marks.HasFlag(EventMarks.RepeatedOrder);
            var isOrder = isNew && !isClaimed;
            var isCancellation = t.Kind is EventKind.OrderCancelled && !isClaimed;
            var claims =
                isNew && isClaimed ? 1
                : t.Marks.HasFlag(EventMarks.ReplacesClaim) ? -1
                : 0;
            _events++;
            _claimedOrders += claims;
            _claimedRevenue = Saturating.Add(_claimedRevenue, t.ClaimCounted);
            if (isOrder)
            {
                _orders++;
                if (row.Orders == 0)
                    _buyers++;
                if (t.BaseAmount is null)
                    _unconverted++;
            }
            if (isOrderWord)
                _revenue = Saturating.Add(_revenue, t.Counted);
            var cancels = isCancellation && !t.Marks.HasFlag(EventMarks.RepeatedOrder) ? 1 : 0;
            var cancelled = Saturating.Add(t.CancelCounted, isCancellation ? t.Counted : 0);
            _cancellations += cancels;
            _cancelled = Saturating.Add(_cancelled, cancelled);
            _refunded = Saturating.Add(_refunded, t.RefundCounted);
            var come = ComeFrom(row, t, isOrder, isStale: isClaimed && at - t.Time > StaleAfter);
            Put(
                row with
                {
                    Visit = Math.Max(row.Visit, t.Visit),
                    FirstSource = come.First,
                    LastSource = come.Last,
                    Known = row.Known || t.Marks.HasFlag(EventMarks.UnderUserId),
                    FirstSeen = row.FirstSeen == 0 ? t.Time : Math.Min(row.FirstSeen, t.Time),
                    LastSeen = Math.Max(row.LastSeen, t.Time),
                    Events = row.Events + 1,
                    Orders = row.Orders + (isOrder ? 1 : 0),
                    Revenue = Saturating.Add(row.Revenue, isOrderWord ? t.Counted : 0),
                    Cancellations = row.Cancellations + cancels,
                    Cancelled = Saturating.Add(row.Cancelled, cancelled),
                    Refunded = Saturating.Add(row.Refunded, t.RefundCounted),
                    LastOrder = isOrder ? Math.Max(row.LastOrder, t.Time) : row.LastOrder,
                    ClaimedOrders = row.ClaimedOrders + claims,
                    ClaimedRevenue = Saturating.Add(row.ClaimedRevenue, t.ClaimCounted),
                }
            );
        }

        /// <summary>Counts the visit that begins and the order that is placed for where the customer came from, at first and at last (R03).</summary>
        (string First, string Last) ComeFrom(CustomerRow row, Tracked t, bool isOrder, bool isStale)
        {
            var told = SourceKey.Of(t.Source);
            var last = told.Length > 0 ? told : row.LastSource;
            var first = row.Events == 0 ? told : row.FirstSource;
            var day = DayOf(t);
            if (t.Visit > row.Visit)
                Count(
                    new SourceDay(
                        day,
                        isStale && told.Length > 0 ? SourceKey.Other : sources.Of(day, told),
                        1,
                        row.Visit == 0 ? 1 : 0,
                        0,
                        0,
                        0,
                        0
                    )
                );
            if (isOrder)
            {
                Count(new SourceDay(day, sources.Of(day, last), 0, 0, 1, t.Counted, 0, 0));
                Count(new SourceDay(day, sources.Of(day, first), 0, 0, 0, 0, 1, t.Counted));
            }
            return (first, last);
        }

        void Count(SourceDay one) =>
            _sources[(one.Day, one.Source)] = _sources.TryGetValue((one.Day, one.Source), out var s)
                ? new SourceDay(
                    s.Day,
                    s.Source,
                    s.Visits + one.Visits,
                    s.FirstVisits + one.FirstVisits,
                    s.Orders + one.Orders,
                    Saturating.Add(s.Revenue, one.Revenue),
                    s.FirstOrders + one.FirstOrders,
                    Saturating.Add(s.FirstRevenue, one.FirstRevenue)
                )
                : one;

        CustomerRow RowOf(long customer)
        {
            if (customers.TryGetValue(customer, out var row))
                return row;
            _customerCount++;
            return new CustomerRow(customer, false, 0, 0, 0, 0, 0, 0, 0, 0);
        }

        void Merge(long target, Merged merge)
        {
            if (!customers.Remove(merge.Source, out var source))
                return;
            _changed.Remove(merge.Source);
            Removed.Add(merge.Source);
            _customerCount--;
            var row = RowOf(target);
            if (source.Orders > 0 && row.Orders > 0)
                _buyers--;
            var together = merge.Together is { } t ? Row(target, t) : Sum(row, source);
            Recount([row, source], [together]);
            Put(
                together with
                {
                    FirstSeen =
                        row.FirstSeen == 0 ? source.FirstSeen
                        : source.FirstSeen == 0 ? row.FirstSeen
                        : Math.Min(row.FirstSeen, source.FirstSeen),
                    LastSeen = Math.Max(row.LastSeen, source.LastSeen),
                    Visit = Math.Max(row.Visit, source.Visit),
                    FirstSource =
                        row.FirstSeen == 0 || (source.FirstSeen != 0 && source.FirstSeen < row.FirstSeen)
                            ? source.FirstSource
                            : row.FirstSource,
                    LastSource =
                        source.LastSource.Length > 0 && source.LastSeen > row.LastSeen ? source.LastSource : row.LastSource,
                }
            );
        }

        /// <summary>Entries of older versions do not say what the joined history amounts to.</summary>
        static CustomerRow Sum(CustomerRow row, CustomerRow source) =>
            row with
            {
                Known = row.Known || source.Known,
                Events = Saturating.Add(row.Events, source.Events),
                Orders = Saturating.Add(row.Orders, source.Orders),
                Revenue = Saturating.Add(row.Revenue, source.Revenue),
                Cancellations = Saturating.Add(row.Cancellations, source.Cancellations),
                Cancelled = Saturating.Add(row.Cancelled, source.Cancelled),
                Refunded = Saturating.Add(row.Refunded, source.Refunded),
                LastOrder = Math.Max(row.LastOrder, source.LastOrder),
                ClaimedOrders = Saturating.Add(row.ClaimedOrders, source.ClaimedOrders),
                ClaimedRevenue = Saturating.Add(row.ClaimedRevenue, source.ClaimedRevenue),
            };

        /// <summary>Brings the totals to what histories amount to that were joined or parted: an order told on both sides counts once.</summary>
        void Recount(CustomerRow[] before, CustomerRow[] after)
        {
            Adjust(ref _orders, row => row.Orders);
            Adjust(ref _revenue, row => row.Revenue);
            Adjust(ref _cancellations, row => row.Cancellations);
            Adjust(ref _cancelled, row => row.Cancelled);
            Adjust(ref _refunded, row => row.Refunded);
            Adjust(ref _claimedOrders, row => row.ClaimedOrders);
            Adjust(ref _claimedRevenue, row => row.ClaimedRevenue);

            void Adjust(ref long total, Func<CustomerRow, long> of)
            {
                foreach (var row in after)
                    total = Saturating.Add(total, of(row));
                foreach (var row in before)
                    total = Saturating.Subtract(total, of(row));
            }
        }

        /// <summary>The rows of both sides as the unmerge itself counted them.</summary>
        void Unmerge(long target, Unmerged unmerge)
        {
            var before = RowOf(target);
            var (source, rest) = (Row(unmerge.Source, unmerge.Leaves), Row(target, unmerge.Stays));
            Removed.Remove(unmerge.Source);
            _customerCount++;
            _buyers += (source.Orders > 0 ? 1 : 0) + (rest.Orders > 0 ? 1 : 0) - (before.Orders > 0 ? 1 : 0);
            Recount([before], [source, rest]);
            Put(source);
            Put(rest with { Visit = before.Visit, FirstSource = before.FirstSource, LastSource = before.LastSource });
        }

        static CustomerRow Row(long customer, HistoryTotals t) =>
            new(
                customer,
                t.Known,
                t.FirstSeen,
                t.LastSeen,
                t.Events,
                t.Orders,
                t.Revenue,
                t.Cancellations,
                t.Cancelled,
                t.LastOrder
            )
            {
                ClaimedOrders = t.ClaimedOrders,
                ClaimedRevenue = t.ClaimedRevenue,
                Refunded = t.Refunded,
            };

        /// <summary>The warnings of an erased person are closed.</summary>
        void Erase(long customer, long time)
        {
            foreach (var open in warnings.Values.Where(row => row.Customer == customer && row.Status == 0).ToList())
                Put(open with { Status = (byte)WarningOutcome.Expired, ClosedAt = time });
            if (!customers.Remove(customer, out var row))
                return;
            _changed.Remove(customer);
            Removed.Add(customer);
            _customerCount--;
            if (row.Orders > 0)
                _buyers--;
        }

        void Put(CustomerRow row)
        {
            customers[row.Customer] = row;
            _changed.Add(row.Customer);
            Removed.Remove(row.Customer);
        }

        void Put(WarningRow row)
        {
            warnings[row.Warning] = row;
            _changedWarnings.Add(row.Warning);
        }
    }
}

using Personalization.Churn;
using Personalization.Events;
using Personalization.Experiments;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// A customer: what it does with the events it is given. A call is a turn: it reads the state, folds, decides, and returns
/// what is to happen; time comes in, nothing goes out. The host makes turns of one customer follow each other.
/// </summary>
public sealed partial class Customer(CustomerState state)
{
    /// <summary>The smallest time between two looks at an open warning.</summary>
    const long Day = 86_400_000;

    public CustomerState State { get; private set; } = state;

    /// <summary>
    /// Whether one of the events is older than the newest fact folded. State is made of facts in the order of their times, so
    /// such a turn needs the whole history: see <see cref="RecordLate"/>.
    /// </summary>
    public bool IsLate(IReadOnlyList<Tracked> events)
    {
        for (var i = 0; i < events.Count; i++)
            if (FactOrder.Of(events[i]).CompareTo(State.Newest) < 0 && !State.Seen.Contains(events[i].Message))
                return true;
        return false;
    }

    /// <summary>Takes in events that are newer than all before.</summary>
    public Turn Record(IReadOnlyList<Tracked> events, bool imported, long now, ShopContext shop)
    {
        var wasStranger = State.IsStranger;
        var turn = TakeIn(events, imported, shop);
        if (turn.Events.Count > 0)
            Follow(turn, wasStranger, imported, now, shop);
        return turn;
    }

    /// <summary>Takes in events of which some are older than what is known, by folding the whole history again in order.</summary>
    /// <param name="history">All facts of the customer so far, as <see cref="History"/> composes them.</param>
    public Turn RecordLate(
        IReadOnlyList<CustomerEvent> history,
        IReadOnlyList<Tracked> events,
        bool imported,
        long now,
        ShopContext shop
    )
    {
        var wasStranger = State.IsStranger;
        var before = TotalsOf(State);
        var turn = TakeIn(events, imported, shop);
        if (turn.Events.Count == 0)
            return turn;
        // At their place in the history the customer may have had another address.
        turn.Decisions = null;
        State = History.Fold(State, history, turn.Events, (e, state) =>
        {
            if (turn.Events.Exists(own => ReferenceEquals(own, e)))
                NoteDecision(turn, e, state);
        });
        Recount(turn, before);
        Follow(turn, wasStranger, imported, now, shop);
        return turn;
    }

    /// <summary>Stamps and folds what is new, in the order in which a replay would.</summary>
    Turn TakeIn(IReadOnlyList<Tracked> events, bool imported, ShopContext shop)
    {
        var turn = new Turn { Before = KnownAddress.Of(State), BoughtBefore = State.LastOrder };
        foreach (var i in InOrder(events))
        {
            if (IsDuplicate(turn, events, i) || events[i].Limited(State.Tracking) is not { } kept)
                continue;
            var stamped = Attribute(Stamp(kept, imported), shop);
            var before = TotalsOf(State);
            State.Apply(stamped);
            stamped = Count(stamped, before, TotalsOf(State));
            turn.Events.Add(stamped);
            NoteDecision(turn, stamped, State);
        }
        return turn;
    }

    static int[] InOrder(IReadOnlyList<Tracked> events)
    {
        var order = new int[events.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        if (order.Length > 1)
            Array.Sort(order, (a, b) => (FactOrder.Of(events[a]), a).CompareTo((FactOrder.Of(events[b]), b)));
        return order;
    }

    bool IsDuplicate(Turn turn, IReadOnlyList<Tracked> events, int i)
    {
        if (events[i].Message == 0 || !State.Seen.Contains(events[i].Message))
            return false;
        (turn.Duplicates ??= new bool[events.Count])[i] = true;
        return true;
    }

    /// <summary>Writes into the event what only the customer knows: its visit, whether its order is new, what it adds to the totals.</summary>
    Tracked Stamp(Tracked e, bool imported)
    {
        var marks = imported ? e.Marks | EventMarks.Imported : e.Marks;
        var visit = 0;
        if (Customers.Fold.IsActivity(e.Kind) && e.Time >= State.VisitStart)
        {
            var begins = State.Visits == 0 || e.Time - State.LastSeen > Customers.Fold.VisitGap;
            visit = State.Visits + (begins ? 1 : 0);
            if (begins)
                marks |= EventMarks.VisitStart;
        }
        return e with { Marks = marks, Visit = visit };
    }

    /// <summary>Writes into an event of money what it added to the customer's sums: the shop's totals are sums of it.</summary>
    static Tracked Count(Tracked e, in HistoryTotals before, in HistoryTotals after)
    {
        var isOrder = Customers.Fold.IsOrder(e);
        if (!isOrder && e.Kind is not (EventKind.OrderCancelled or EventKind.OrderRefunded))
            return e;
        var isClaimed = e.Marks.HasFlag(EventMarks.Claimed);
        var isCancellation = e.Kind == EventKind.OrderCancelled;
        var isNew = isCancellation
            ? isClaimed || after.Cancellations > before.Cancellations
            : !isOrder || (isClaimed ? after.ClaimedOrders > before.ClaimedOrders : after.Orders > before.Orders);
        var replacesClaim = !isClaimed && after.ClaimedOrders < before.ClaimedOrders;
        var (revenue, cancelled) = (after.Revenue - before.Revenue, after.Cancelled - before.Cancelled);
        return e with
        {
            Marks = e.Marks | (isNew ? 0 : EventMarks.RepeatedOrder) | (replacesClaim ? EventMarks.ReplacesClaim : 0),
            Counted = Bounds.Difference(isCancellation ? cancelled : revenue),
            ClaimCounted = Bounds.Difference(after.ClaimedRevenue - before.ClaimedRevenue),
            CancelCounted = isCancellation ? 0 : Bounds.Difference(cancelled),
            RefundCounted = Bounds.Difference(after.Refunded - before.Refunded),
        };
    }

    /// <summary>
    /// At their place in the history events may add something else than where they came in: the last of the turn's events of
    /// money makes up for it.
    /// </summary>
    void Recount(Turn turn, in HistoryTotals before)
    {
        var (order, money) = (-1, -1);
        long revenue = State.Revenue - before.Revenue,
            claimed = State.ClaimedRevenue - before.ClaimedRevenue,
            cancelled = State.Cancelled - before.Cancelled,
            refunded = State.Refunded - before.Refunded;
        for (var i = 0; i < turn.Events.Count; i++)
        {
            if (turn.Events[i] is not Tracked t)
                continue;
            var isOrder = Customers.Fold.IsOrder(t);
            if (!isOrder && t.Kind is not (EventKind.OrderCancelled or EventKind.OrderRefunded))
                continue;
            (order, money) = (isOrder ? i : order, i);
            revenue -= isOrder ? t.Counted : 0;
            claimed -= t.ClaimCounted;
            cancelled -= t.CancelCounted + (isOrder ? 0 : t.Counted);
            refunded -= t.RefundCounted;
        }
        if (order >= 0 && turn.Events[order] is Tracked of)
            turn.Events[order] = of with
            {
                Counted = Bounds.Difference(of.Counted + revenue),
                ClaimCounted = Bounds.Difference(of.ClaimCounted + claimed),
            };
        if (money >= 0 && turn.Events[money] is Tracked last)
            turn.Events[money] = last with
            {
                CancelCounted = Bounds.Difference(last.CancelCounted + cancelled),
                RefundCounted = Bounds.Difference(last.RefundCounted + refunded),
            };
    }

    /// <summary>What follows from new events: warnings that they answer, messages that no longer apply, when to look again.</summary>
    void Follow(Turn turn, bool wasStranger, bool imported, long now, ShopContext shop)
    {
        TellAddress(turn, imported, now, shop);
        CloseAnsweredWarnings(turn, now);
        WithdrawMessages(turn, now, shop);
        if (imported && !IsWorthWaking(now, shop))
            return;
        ArmFor(turn, State.LastSeen + Customers.Fold.VisitGap);
        // The time that stands was written among those of strangers.
        if (wasStranger && !State.IsStranger)
            turn.WakeAt(State.Due);
    }

    /// <summary>An imported history that ended long ago is left alone: neither a warning nor a reminder could still be of use.</summary>
    bool IsWorthWaking(long now, ShopContext shop) =>
        now - State.LastSeen < shop.AlmostBuyers.Forgotten * 1000L
        || (shop.Assess(State.ChurnHistory, (int)(now / 1000)) is { Lost: false });

    /// <summary>Writes a due time only when it is earlier than the one that stands: an early wake arms again.</summary>
    void ArmFor(Turn turn, long due)
    {
        if (State.Due != 0 && State.Due <= due)
            return;
        State.Due = due;
        turn.WakeAt(due);
    }

    /// <summary>Lets time alone decide: the visit ended, a cart was left, a risk crossed its threshold.</summary>
    public Turn Wake(long now, ShopContext shop)
    {
        var turn = new Turn();
        State.Due = 0;
        if (State.IsErased || State.ForwardedTo != 0)
        {
            turn.WakeAt(null);
            return turn;
        }
        var visitEnds = State.LastSeen + Customers.Fold.VisitGap;
        var next = visitEnds > now ? visitEnds : Look(turn, now, shop);
        State.Due = next ?? 0;
        turn.WakeAt(next);
        return turn;
    }

    /// <summary>The look after a visit. Returns when to look again, or null when time alone will bring nothing more.</summary>
    long? Look(Turn turn, long now, ShopContext shop)
    {
        long? next = null;
        CloseExpiredWarnings(turn, now, shop, ref next);
        RaiseAlmostBuyer(turn, now, shop, ref next);
        RaiseChurn(turn, now, shop, ref next);
        QueueMessages(turn, now, shop, ref next);
        return next;
    }

    static void Sooner(ref long? next, long time)
    {
        if (next is null || time < next)
            next = time;
    }

    void Do(Turn turn, CustomerEvent decision)
    {
        State.Apply(decision);
        turn.Events.Add(decision);
    }

    /// <summary>The newest state, as a caller sees it.</summary>
    public CustomerView View(long now, ShopContext shop)
    {
        var churn = AssessAt(now, shop);
        return new CustomerView(
            State.Number,
            State.Version,
            State.Known,
            State.IsErased,
            Lifecycle.StageAt(State, now, churn),
            State.FirstSeen,
            State.LastSeen,
            State.Visits,
            State.Events,
            State.Orders,
            State.Revenue,
            State.Cancellations,
            State.Cancelled,
            State.LastOrder,
            State.Cart.Span.ToArray(),
            FavouritesNewestFirst(),
            RecentlyViewed(20),
            State.Draft,
            State.Profile?.Copy(),
            State.FirstSource,
            State.LastSource,
            State.Outreach.Warnings.Span.ToArray(),
            ConsentViews(),
            ChurnView(now, shop)
        )
        {
            ClaimedOrders = State.ClaimedOrders.Count,
            ClaimedRevenue = State.ClaimedRevenue,
            Refunded = State.Refunded,
            NeverShow = [.. State.Hidden.Span],
            ConsentChanges = [.. State.Outreach.Consents.Changes()],
            Tracking = State.Tracking,
            Skill = Skill.Of(State, now),
        };
    }

    public Assessment? AssessAt(long now, ShopContext shop) => shop.Assess(State.ChurnHistory, (int)(now / 1000) + 1);

    public LifecycleStage Stage(long now, ShopContext shop) => Lifecycle.StageAt(State, now, AssessAt(now, shop));

    public ChurnView ChurnView(long now, ShopContext shop) =>
        AssessAt(now, shop) is { } churn
            ? new ChurnView(
                churn.Risk,
                churn.AtRisk,
                shop.Churn.Reasons(State.ChurnHistory, (int)(now / 1000) + 1),
                churn.MoneyAtRisk,
                churn.ExpectedValue,
                shop.Churn.Version
            )
            {
                Forecast = Forecast(now, shop),
            }
            : new ChurnView(null, false, [], 0, 0, shop.Churn.Version);

    ForecastView? Forecast(long now, ShopContext shop) =>
        shop.Value?.Forecast(State.ChurnHistory, (int)(now / 1000) + 1, shop.Churn.HorizonDays) is { } forecast
            ? new ForecastView(
                shop.Churn.HorizonDays,
                forecast.Active,
                forecast.Purchases,
                (long)(forecast.Value * 10_000),
                (forecast.Next ?? 0) * 1000,
                (forecast.Earliest ?? 0) * 1000,
                (forecast.Latest ?? 0) * 1000,
                shop.Value.Version
            )
            : null;

    int[] FavouritesNewestFirst()
    {
        var products = new int[State.Favourites.Count];
        for (var i = 0; i < products.Length; i++)
            products[i] = State.Favourites[products.Length - 1 - i].Product;
        return products;
    }

    int[] RecentlyViewed(int atMost)
    {
        var products = new List<int>(atMost);
        var touches = State.Touches.Span;
        for (var i = touches.Length - 1; i >= 0 && products.Count < atMost; i--)
            if (touches[i].Signal == Signal.View && !products.Contains(touches[i].Product))
                products.Add(touches[i].Product);
        return [.. products];
    }

    /// <summary>Recommends for this customer; the chance that exploration draws from is the customer's own, and changes with each visit and day.</summary>
    public Recommended Recommend(RecommendationQuery query, long now, ShopContext shop)
    {
        var recommended = ExperimentFor(query, shop) is { } experiment
            ? Try(experiment, query, now, shop)
            : Rank(query, now, shop);
        (_answers ??= new()).Add(query.Placement, recommended.Source.Key, now, recommended.Items);
        return recommended;
    }

    Recommended Rank(RecommendationQuery query, long now, ShopContext shop, Variant? variant = null)
    {
        var items = new Recommendation[query.Limit];
        var isImpersonal = variant?.Kind == VariantKind.Control;
        var model = isImpersonal || variant?.Kind == VariantKind.Untrained ? null : shop.Ranking;
        if (variant?.Override is { } rules)
            query = query with { Rules = rules(shop.Rules.GetValueOrDefault(query.Placement) ?? RecommendationRules.Default) };
        var answer = Ask(query, now, shop, (in RecommendationRequest request, in Shopper shopper) =>
            Recommender.Recommend(
                request with
                {
                    IsImpersonal = isImpersonal,
                },
                shopper,
                shop.Index,
                shop.Catalogue,
                items,
                model: model
            )
        );
        RecommendationInstruments.Answered(query.Placement, answer.Strategy);
        if (answer.Count < items.Length)
            items = items[..answer.Count];
        return Answer(answer.Strategy, items, now) with
        {
            Model = query.Placement == Placement.RecentlyViewed ? null : model?.Version,
        };
    }

    Recommended Answer(string strategy, Recommendation[] items, long now) =>
        new(strategy, items, now)
        {
            Visitor =
                State.Known ? VisitorKind.Known
                : State.Events > 0 ? VisitorKind.Cookie
                : VisitorKind.First,
            Locale = State.Profile?.Locale,
            Skill = Skill.Of(State, now),
        };

    /// <summary>-1 for all categories. One that is not known here has nothing in it.</summary>
    static int NumberOf(string? category, ShopContext shop) =>
        category is null ? -1
        : shop.Catalogue.Categories.TryFind(category, out var number) ? number
        : Catalogue.CategoryTree.Nowhere;

    /// <summary>Products that go together with the query's product, or with the cart, within a budget (R15).</summary>
    public Bundle Bundle(RecommendationQuery query, decimal budget, long now, ShopContext shop) =>
        Ask(query, now, shop, (in RecommendationRequest request, in Shopper shopper) =>
            Recommendations.Bundle.Compose(request, shopper, shop.Index, shop.Catalogue, budget)
        ) with
        {
            Locale = State.Profile?.Locale,
        };

    delegate T Asking<T>(in RecommendationRequest request, in Shopper shopper);

    T Ask<T>(RecommendationQuery query, long now, ShopContext shop, Asking<T> asking)
    {
        Span<int> cart = stackalloc int[State.Cart.Count],
            favourites = stackalloc int[State.Favourites.Count];
        for (var i = 0; i < cart.Length; i++)
            cart[i] = State.Cart[i].Product;
        for (var i = 0; i < favourites.Length; i++)
            favourites[i] = State.Favourites[i].Product;
        var inVisit = now - State.LastSeen <= Customers.Fold.VisitGap;
        var shopper = new Shopper
        {
            Touches = State.Touches.Span,
            Visit = inVisit ? State.Visits : State.Visits + 1,
            Cart = cart,
            Favourites = favourites,
            Purchases = State.Bought.Span,
            NeverShow = State.Hidden.Span,
            IsKnown = State.Known,
            Session = inVisit ? TrackedActs.SessionKey(State.Number, State.Visits, now) : 0,
        };
        var rules = query.Rules ?? shop.Rules.GetValueOrDefault(query.Placement);
        var request = new RecommendationRequest
        {
            Placement = query.Placement,
            Count = query.Limit,
            Now = (int)(now / 1000),
            Product = query.Product,
            Category = NumberOf(query.Category, shop),
            Filter = query.Filter,
            Rules = rules,
            ViewedLast = query.Placement == Placement.Home && rules is not { AllowViewed: true },
            Exclude = query.Exclude as int[] ?? [.. query.Exclude],
            Seed = (ulong)State.Number * 0x9E3779B97F4A7C15ul ^ (ulong)(now / Day) ^ (ulong)State.Visits << 32,
        };
        return asking(request, shopper);
    }
}

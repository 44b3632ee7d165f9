using System.Text;
using Personalization.Churn;
using Personalization.Events;
using Personalization.Experiments;
using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>How one event changes a customer's state. Nothing is decided here, so that replay equals live.</summary>
public static class Fold
{
    /// <summary>Silence that ends a visit, milliseconds.</summary>
    public const long VisitGap = 30 * 60_000;

    const long Day = 86_400_000;

    public static void Apply(this CustomerState s, CustomerEvent e)
    {
        switch (e)
        {
            case Tracked t:
                Apply(s, t);
                break;
            case WarningRaised x:
                s.OwnOutreach.Warnings.Add(
                    new OpenWarning(x.Warning, x.Policy, x.Risk, x.MoneyAtRisk, x.Reasons, x.Model, x.Time),
                    8
                );
                break;
            case WarningUpdated x:
                UpdateWarning(s, x);
                break;
            case WarningClosed x:
                CloseWarning(s, x);
                break;
            case MessageQueued x:
                s.OwnOutreach.Messages.Queued(x.Message, x.Playbook, x.NotBefore);
                Leave(s, x.Message);
                s.OwnOutreach.Waiting.Add(new WaitingMessage(x.Message, x.Playbook, x.Occasion, x.Channel), 16);
                break;
            case MessageDispatched x:
                s.OwnOutreach.Messages.Dispatched(x.Message, x.Playbook, x.Time);
                Leave(s, x.Message);
                break;
            case MessageWithheld x:
                s.OwnOutreach.Messages.Withheld(x.Message, x.Playbook, x.Time);
                Leave(s, x.Message);
                break;
            case ConsentChanged x:
                ChangeConsent(s, x);
                break;
            case TrackingChanged x:
                s.Tracking = x.Level;
                break;
            case NeverShow x:
                Hide(s, x.Product, x.Hidden);
                break;
            case ExperimentExposed x:
                Expose(s, x);
                break;
            case Merged x:
                LinkSides(s, x);
                break;
            case Forwarded x:
                s.ForwardedTo = x.Target;
                break;
            case Reopened:
                s.ForwardedTo = 0;
                break;
            case Erased:
                s.IsErased = true;
                break;
        }
    }

    static void Apply(CustomerState s, Tracked t)
    {
        s.Seen.Add(t.Message, t.Received);
        if (s.FirstSeen == 0 || t.Time < s.FirstSeen)
            s.FirstSeen = t.Time;
        if (FactOrder.Of(t) is var place && place.CompareTo(s.Newest) > 0)
            s.Newest = place;
        if (t.Marks.HasFlag(EventMarks.Imported))
            s.ImportedAt = Math.Max(s.ImportedAt, t.Received);
        s.Events++;
        CountVisit(s, t);
        LinkNames(s, t);
        if (t.Personal is { } personal)
            Know(s, t, personal);
        if (t.Attributions.Length > 0)
            Attribute(s, t);

        switch (t.Kind)
        {
            case EventKind.Identified:
                s.Known = true;
                break;
            case EventKind.ProductsSearched:
                s.Searches++;
                break;
            case EventKind.ProductViewed:
            case EventKind.ProductClicked:
                // A click leads to a view of its own; only the view counts as one, or every visit would look twice as interested.
                if (t.Kind == EventKind.ProductViewed)
                    Touch(s, t, Signal.View);
                break;
            case EventKind.ProductAdded:
            case EventKind.FavouriteAddedToCart:
                AddToCart(s, t);
                break;
            case EventKind.ProductRemoved:
                RemoveFromCart(s, t);
                break;
            case EventKind.CartViewed:
                if (t.Lines.Length > 0)
                    ReplaceCart(s, t);
                break;
            // An order that was edited down to nothing says nothing of a cart that may have been begun since.
            case EventKind.CartEmptied when IndexOfOrder(s, t) < 0:
                ReplaceCart(s, t);
                break;
            case EventKind.ProductFavourited:
                foreach (var line in t.Lines)
                    Favour(s, line.Product, t);
                Touch(s, t, Signal.Favourite);
                break;
            case EventKind.ProductUnfavourited:
                foreach (var line in t.Lines)
                    Unfavour(s, line.Product);
                break;
            case EventKind.CheckoutStarted:
                s.Draft = new DraftOrder(t.Reference, t.Lines, t.BaseAmount ?? 0, t.Time);
                break;
            case EventKind.CheckoutStepViewed:
            case EventKind.CheckoutStepCompleted:
            case EventKind.PaymentInfoEntered:
                if (s.Draft is { } draft)
                    s.Draft = draft with { Time = t.Time };
                break;
            case EventKind.OrderCompleted:
            case EventKind.OrderUpdated:
            case EventKind.OrderCancelled:
            case EventKind.OrderRefunded:
                if (IsClaimed(t))
                    ClaimOrder(s, t);
                else
                    ApplyOrder(s, t);
                break;
            case EventKind.ProductReviewed:
                if (t.Rating is > 0 and <= 2)
                    s.Complaints.Add(Seconds(t.Time), CustomerState.MaxComplaints);
                break;
            case EventKind.SignUpStarted:
            case EventKind.SignUpFailed:
                if (!s.Registered)
                    s.RegistrationBegun = t.Time;
                break;
            case EventKind.SignedUp:
                s.Registered = true;
                s.RegistrationBegun = 0;
                break;
            case EventKind.SignedIn:
                s.Registered = true;
                s.RegistrationBegun = 0;
                break;
            // To what cannot be read here: a grant must not come to mean more than was said. A denial is then one of everything.
            case EventKind.Subscribed when t.ReferenceIsSealed || t.LabelIsSealed:
                break;
            case EventKind.Subscribed:
            case EventKind.Unsubscribed:
                SayConsent(s, t);
                break;
            case EventKind.MessageBounced:
            case EventKind.MessageMarkedAsSpam:
                if (IsOfShop(t))
                    s.OwnOutreach.Suppression.Apply(t, EventAddress.Of(t) ?? s.Profile?.Email, s.OwnOutreach.Consents);
                break;
        }
    }

    static bool IsClaimed(Tracked t) => t.Marks.HasFlag(EventMarks.Claimed);

    /// <summary>Whether the shop's server or an import said it: what a browser says proves nothing about an address.</summary>
    public static bool IsOfShop(Tracked t) => (t.Marks & (EventMarks.Claimed | EventMarks.Signed)) == 0;

    static void ApplyOrder(CustomerState s, Tracked t)
    {
        switch (t.Kind)
        {
            case EventKind.OrderCompleted:
                Order(s, t);
                break;
            case EventKind.OrderUpdated:
                UpdateOrder(s, t);
                break;
            case EventKind.OrderCancelled:
            case EventKind.OrderRefunded:
                GiveBack(s, t);
                break;
        }
    }

    /// <summary>
    /// An order of which only the public key tells: it counts apart until the shop tells of it too, and empties the cart it came from.
    /// Claimed cancellations and refunds change nothing.
    /// </summary>
    static void ClaimOrder(CustomerState s, Tracked t)
    {
        if (!IsOrder(t) || IndexOfOrder(s, t) >= 0)
            return;
        var amount = t.BaseAmount ?? 0;
        var at = IndexOfClaim(s, t);
        if (at >= 0)
        {
            if (amount == 0 && t.Lines.Length == 0)
                return;
            s.ClaimedRevenue = Saturating.Add(s.ClaimedRevenue, Saturating.Subtract(amount, s.ClaimedOrders[at].Amount));
            s.ClaimedOrders[at] = new ClaimedOrder(IdOf(t), amount);
            return;
        }
        if (s.ClaimedOrders.Count < CustomerState.MaxClaimedOrders)
        {
            s.ClaimedOrders.Add(new ClaimedOrder(IdOf(t), amount), CustomerState.MaxClaimedOrders);
            s.ClaimedRevenue = Saturating.Add(s.ClaimedRevenue, amount);
        }
        foreach (var line in t.Lines)
            Buy(s, line.Product, t, adds: 0);
        Touch(s, t, Signal.Purchase);
        LeaveCart(s, t);
        s.Draft = null;
    }

    /// <summary>Whether the event tells of an order: an update begins one only where it says which.</summary>
    public static bool IsOrder(Tracked t) =>
        t.Kind is EventKind.OrderCompleted || (t.Kind is EventKind.OrderUpdated && t.HasReference);

    /// <summary>Takes back what was counted for the order while it was only claimed.</summary>
    static bool TakeClaim(CustomerState s, Tracked t)
    {
        var at = IndexOfClaim(s, t);
        if (at < 0)
            return false;
        s.ClaimedRevenue = Saturating.Subtract(s.ClaimedRevenue, s.ClaimedOrders[at].Amount);
        s.ClaimedOrders.RemoveAt(at);
        return true;
    }

    /// <summary>Where the order that the event names stands among <see cref="CustomerState.ClaimedOrders"/>, or -1.</summary>
    public static int IndexOfClaim(CustomerState s, Tracked t)
    {
        if (t.Reference is null || s.ClaimedOrders.Count == 0)
            return -1;
        var id = IdOf(t);
        var claimed = s.ClaimedOrders.Span;
        for (var i = 0; i < claimed.Length; i++)
            if (claimed[i].Id == id)
                return i;
        return -1;
    }

    /// <summary>Deliveries, payments and what mail programs report do not show that the customer is present.</summary>
    public static bool IsActivity(EventKind kind) =>
        kind
            is not (
                EventKind.OrderPaid
                or EventKind.OrderShipped
                or EventKind.OrderDelivered
                or EventKind.OrderRefunded
                or EventKind.MessageDelivered
                or EventKind.MessageOpened
                or EventKind.MessageBounced
                or EventKind.MessageMarkedAsSpam
                or EventKind.CallLogged
            );

    static void CountVisit(CustomerState s, Tracked t)
    {
        if (!IsActivity(t.Kind))
            return;
        if (s.Visits == 0 || t.Time - s.LastSeen > VisitGap)
        {
            s.Visits++;
            s.VisitStart = t.Time;
        }
        if (t.Source is { } source)
        {
            s.FirstSource ??= source;
            s.LastSource = source;
        }
        if (t.Time > s.LastSeen)
            s.LastSeen = t.Time;
        var day = (int)(t.Time / Day);
        if (s.VisitDays.Count == 0 || s.VisitDays.Last < day)
            s.VisitDays.Add(day, ChurnHistory.VisitDaysKept);
    }

    static void Know(CustomerState s, Tracked t, PersonalPart personal)
    {
        // A claimed address stands in a layer of its own; one that was told is not replaced by a subscription.
        var isAddress = t.Kind == EventKind.Subscribed && (IsClaimed(t) || s.Profile is not { IsEmailTold: true });
        if ((t.Kind == EventKind.Identified || isAddress) && personal.Traits is { } traits)
            ProfileOf(s).Merge(traits, IsClaimed(t), t.Marks.HasFlag(EventMarks.Signed));
        if (personal.TimeZone is not null || personal.Locale is not null)
            ProfileOf(s).Place(personal.TimeZone, personal.Locale, IsClaimed(t));
    }

    static Profile ProfileOf(CustomerState s) => s.Profile ??= new Profile { IsProved = s.Proved };

    static void Touch(CustomerState s, Tracked t, Signal signal)
    {
        if (signal == Signal.View)
            s.ProductViews += t.Lines.Length;
        foreach (var line in t.Lines)
            s.Touches.Add(new Touch(line.Product, Seconds(t.Time), signal, s.Visits), CustomerState.MaxTouches);
    }

    static void Attribute(CustomerState s, Tracked t)
    {
        var outcome = Outcomes.Of(t.Kind);
        if (outcome == Outcome.Shown)
            return;
        foreach (var answer in t.Attributions)
            if (IndexOfTouch(s, answer) is >= 0 and var at)
                s.Recommended[at] = s.Recommended[at] with { Outcomes = s.Recommended[at].Outcomes | outcome };
            else if (answer.By != AttributedBy.Carried && answer.Product != Attribution.WholeEvent)
                s.Recommended.Add(new RecommendedTouch(answer, t.Time, outcome), CustomerState.MaxRecommended);
    }

    static int IndexOfTouch(CustomerState s, in Attribution answer)
    {
        for (var i = 0; i < s.Recommended.Count; i++)
            if (s.Recommended[i].Answer.IsOfSameAnswer(answer))
                return i;
        return -1;
    }

    static void AddToCart(CustomerState s, Tracked t)
    {
        foreach (var line in t.Lines)
        {
            var at = IndexInCart(s, line.Product);
            if (line.Quantity == 0)
                continue;
            if (at < 0)
                s.Cart.Add(new CartLine(line.Product, line.Quantity, line.Price), CustomerState.MaxCart);
            else
                s.Cart[at] = new CartLine(
                    line.Product,
                    Saturating.Add(s.Cart[at].Quantity, line.Quantity),
                    line.Price == 0 ? s.Cart[at].Price : line.Price
                );
        }
        FillCart(s, t);
        Touch(s, t, Signal.CartAdd);
    }

    static void RemoveFromCart(CustomerState s, Tracked t)
    {
        foreach (var line in t.Lines)
        {
            var at = IndexInCart(s, line.Product);
            if (at < 0)
                continue;
            if (s.Cart[at].Quantity > line.Quantity)
                s.Cart[at].Quantity -= line.Quantity;
            else
                s.Cart.RemoveAt(at);
            if (s.Cart.Count == 0)
                s.Draft = null;
        }
        TouchCart(s, t);
    }

    /// <summary>
    /// A viewed cart lists all that is in it: the shop knows better than our sums. With nothing in it there is no order to
    /// resume either.
    /// </summary>
    static void ReplaceCart(CustomerState s, Tracked t)
    {
        s.Cart.Clear();
        foreach (var line in t.Lines)
            if (line.Quantity > 0)
                s.Cart.Add(new CartLine(line.Product, line.Quantity, line.Price), CustomerState.MaxCart);
        FillCart(s, t);
        if (s.Cart.Count == 0)
            s.Draft = null;
    }

    static void FillCart(CustomerState s, Tracked t)
    {
        s.CartFilled = t.Time;
        TouchCart(s, t);
    }

    static void TouchCart(CustomerState s, Tracked t)
    {
        s.CartTouched = t.Time;
        s.CartImported = t.Marks.HasFlag(EventMarks.Imported);
        if (s.Cart.Count == 0)
            s.CartSince = s.CartFilled = 0;
        else if (s.CartSince == 0)
            s.CartSince = t.Time;
    }

    static int IndexInCart(CustomerState s, int product)
    {
        var cart = s.Cart.Span;
        for (var i = 0; i < cart.Length; i++)
            if (cart[i].Product == product)
                return i;
        return -1;
    }

    static void Favour(CustomerState s, int product, Tracked t)
    {
        Unfavour(s, product);
        s.Favourites.Add(new Marked(product, Seconds(t.Time)), CustomerState.MaxFavourites);
    }

    static void Unfavour(CustomerState s, int product)
    {
        var favourites = s.Favourites.Span;
        for (var i = 0; i < favourites.Length; i++)
            if (favourites[i].Product == product)
            {
                s.Favourites.RemoveAt(i);
                return;
            }
    }

    static void Order(CustomerState s, Tracked t)
    {
        if (IndexOfOrder(s, t) >= 0)
        {
            UpdateOrder(s, t);
            return;
        }
        var wasClaimed = TakeClaim(s, t);
        s.Orders++;
        s.LastOrder = Math.Max(s.LastOrder, t.Time);
        if (t.BaseAmount is { } amount)
            s.Revenue = Saturating.Add(s.Revenue, amount);
        else
            s.Unconverted++;
        s.OrderIds.Add(IdOf(t), CustomerState.MaxPurchases);
        s.Purchases.Add(PurchaseOf(t, Seconds(t.Time)), CustomerState.MaxPurchases);
        RecountBack(s, IdOf(t), null, t.BaseAmount ?? 0);
        foreach (var line in t.Lines)
            Buy(s, line.Product, t, adds: wasClaimed ? 0 : 1);
        Touch(s, t, Signal.Purchase);
        LeaveCart(s, t);
        s.Draft = null;
    }

    /// <summary>A later word about an order replaces what it was worth; an order we have not seen begins with its update.</summary>
    static void UpdateOrder(CustomerState s, Tracked t)
    {
        var at = IndexOfOrder(s, t);
        if (at < 0)
        {
            if (t.Kind == EventKind.OrderUpdated && t.Reference is not null)
                Order(s, t);
            return;
        }
        if (t.BaseAmount is not { } amount || (amount == 0 && t.Lines.Length == 0))
            return;
        s.Revenue = Saturating.Add(s.Revenue, Saturating.Subtract(amount, s.Purchases[at].Amount));
        RecountBack(s, IdOf(t), s.Purchases[at].Amount, amount);
        s.Purchases[at] = PurchaseOf(t, s.Purchases[at].Time);
    }

    static Purchase PurchaseOf(Tracked t, int time)
    {
        var units = 0;
        foreach (var line in t.Lines)
            units = Saturating.Add(units, line.Quantity);
        return new Purchase(time, t.BaseAmount ?? 0, units, t.Lines.Length);
    }

    static void Buy(CustomerState s, int product, Tracked t, int adds)
    {
        var bought = s.Bought.Span;
        var count = adds;
        for (var i = 0; i < bought.Length; i++)
        {
            if (bought[i].Product != product)
                continue;
            count += bought[i].Count;
            s.Bought.RemoveAt(i);
            break;
        }
        s.Bought.Add(new Purchased(product, Seconds(t.Time), Math.Max(1, count)), CustomerState.MaxPurchased);
    }

    static void LeaveCart(CustomerState s, Tracked t)
    {
        if (t.Lines.Length == 0)
            s.Cart.Clear();
        foreach (var line in t.Lines)
            if (IndexInCart(s, line.Product) is >= 0 and var at)
                s.Cart.RemoveAt(at);
        s.CartFilled = 0;
        TouchCart(s, t);
    }

    /// <summary>
    /// What was said to go back of an order is kept as it was said, in whatever parts; what counts of it is never more than the
    /// order (see <see cref="GivenBack"/>). What names no order, or one never told of, counts as it was said.
    /// </summary>
    static void GiveBack(CustomerState s, Tracked t)
    {
        var order = IndexOfOrder(s, t);
        long? amount = order < 0 ? null : s.Purchases[order].Amount;
        var at = IndexOfBack(s, IdOf(t));
        var before = at < 0 ? new GivenBack(IdOf(t), 0, 0, 0, false) : s.GivenBack[at];
        var said = SaidToGoBack(s, t, order);
        var after = t.Kind == EventKind.OrderCancelled ? before.Cancel(said) : before.Refund(said, t.IsRunningTotal);
        // Said before: nothing more comes back.
        if (t.IsRunningTotal && after == before)
            return;
        if (t.Kind == EventKind.OrderCancelled && !before.IsCancelled)
            s.Cancellations++;
        var isAllBack = amount > 0 && before.Cancels(amount) + before.Refunds(amount) >= amount;
        var counts = CountBack(s, before, amount, after, amount);
        if (at >= 0)
            s.GivenBack[at] = after;
        else if (after.Order != 0)
            s.GivenBack.Add(after, CustomerState.MaxPurchases);
        if (isAllBack)
            return;
        s.Returns.Add(new Return(Seconds(t.Time), counts), CustomerState.MaxReturns);
        foreach (var line in t.Lines)
            TakeBack(s, line.Product);
    }

    /// <summary>
    /// The amount that goes back: the event's own; else that of the lines it names, which has become the event's own where they
    /// have prices, and is their share of the pieces where they have none; else the whole order.
    /// </summary>
    static long SaidToGoBack(CustomerState s, Tracked t, int order)
    {
        if (t.BaseAmount > 0)
            return t.BaseAmount.Value;
        var isRefund = t.Kind == EventKind.OrderRefunded;
        // Nothing, or an amount without a rate.
        if (isRefund && (t.BaseAmount is not null || t.Amount != 0))
            return 0;
        if (t.Lines.Length == 0)
            return GivenBack.Whole;
        if (order < 0)
            return isRefund ? 0 : GivenBack.Whole;
        var (whole, pieces) = (s.Purchases[order], PurchaseOf(t, 0).Units);
        return pieces >= whole.Units ? GivenBack.Whole : (long)((Int128)whole.Amount * pieces / whole.Units);
    }

    /// <summary>An order that comes after the word of what went back of it, or is changed, changes how much of that counts.</summary>
    static void RecountBack(CustomerState s, ulong order, long? from, long to)
    {
        if (IndexOfBack(s, order) is >= 0 and var at)
            ChangeReturns(s, CountBack(s, s.GivenBack[at], from, s.GivenBack[at], to));
    }

    /// <summary>Brings the sums from what counted of an order to what counts now. Returns by how much that is more.</summary>
    static long CountBack(CustomerState s, GivenBack before, long? amountBefore, GivenBack after, long? amount)
    {
        var cancelled = after.Cancels(amount) - before.Cancels(amountBefore);
        var refunded = after.Refunds(amount) - before.Refunds(amountBefore);
        s.Cancelled = Saturating.Add(s.Cancelled, cancelled);
        s.Refunded = Saturating.Add(s.Refunded, refunded);
        return cancelled + refunded;
    }

    /// <summary>The newest returns bear the difference.</summary>
    static void ChangeReturns(CustomerState s, long by)
    {
        for (var i = s.Returns.Count - 1; i >= 0 && by != 0; i--)
        {
            var changed = Math.Max(0, Saturating.Add(s.Returns[i].Amount, by));
            by -= changed - s.Returns[i].Amount;
            s.Returns[i] = s.Returns[i] with { Amount = changed };
        }
    }

    static int IndexOfBack(CustomerState s, ulong order)
    {
        if (order == 0)
            return -1;
        var all = s.GivenBack.Span;
        for (var i = 0; i < all.Length; i++)
            if (all[i].Order == order)
                return i;
        return -1;
    }

    /// <summary>What went back is not kept: it may be recommended again.</summary>
    static void TakeBack(CustomerState s, int product)
    {
        var bought = s.Bought.Span;
        for (var i = 0; i < bought.Length; i++)
        {
            if (bought[i].Product != product)
                continue;
            if (bought[i].Count > 1)
                s.Bought[i] = bought[i] with { Count = bought[i].Count - 1 };
            else
                s.Bought.RemoveAt(i);
            return;
        }
    }

    static void Hide(CustomerState s, int product, bool hidden)
    {
        var at = s.Hidden.Span.IndexOf(product);
        if (hidden && at < 0)
            s.Hidden.Add(product, CustomerState.MaxNeverShow);
        else if (!hidden && at >= 0)
            s.Hidden.RemoveAt(at);
    }

    static void UpdateWarning(CustomerState s, WarningUpdated update)
    {
        foreach (ref var warning in s.Outreach.Warnings.Mutable)
            if (warning.Warning == update.Warning)
                warning = warning with
                {
                    Risk = update.Risk,
                    MoneyAtRisk = update.MoneyAtRisk,
                    Reasons = update.Reasons,
                    Model = update.Model,
                };
    }

    static void CloseWarning(CustomerState s, WarningClosed closed)
    {
        s.OwnOutreach.ClosedWarnings.Add(closed.Warning, CustomerState.MaxClosedWarnings);
        var warnings = s.Outreach.Warnings.Span;
        for (var i = 0; i < warnings.Length; i++)
            if (warnings[i].Warning == closed.Warning)
            {
                s.OwnOutreach.Warnings.RemoveAt(i);
                return;
            }
    }

    /// <summary>A subscription that only the public key claims grants nothing; its address is asked (see <see cref="Customer"/>).</summary>
    static void SayConsent(CustomerState s, Tracked t)
    {
        var (granted, isClaimed) = (t.Kind == EventKind.Subscribed, t.Marks.HasFlag(EventMarks.Claimed));
        // The public key grants nothing, and silences nobody whom the shop has named.
        if (isClaimed && (granted || s.Proved))
            return;
        var isSoft = isClaimed || granted && t.Marks.HasFlag(EventMarks.Signed);
        if (granted && !isSoft && (EventAddress.Of(t) ?? s.Profile?.Email) is { } address)
            s.Outreach.Suppression.Lift(address);
        s.OwnOutreach.Consents.Record(
            t.Name,
            t.Reference ?? "email",
            t.Label ?? "*",
            granted,
            t.Time,
            isSoft ? Firmness.Soft : Firmness.Firm,
            OriginOf(t)
        );
    }

    /// <summary>Where an event was said.</summary>
    public static string OriginOf(Tracked t) =>
        t.Marks.HasFlag(EventMarks.Claimed) ? "visitor"
        : t.Marks.HasFlag(EventMarks.Signed) ? "signed"
        : t.Marks.HasFlag(EventMarks.Imported) ? "import"
        : "server";

    /// <summary>A confirmation answers for the name that asked: linked before it, so that the confirmation is the later word.</summary>
    static void ChangeConsent(CustomerState s, ConsentChanged x)
    {
        // The topic can no longer be read: see Subscribed.
        if (x.Topic == "" && x.Granted)
            return;
        var consents = s.OwnOutreach.Consents;
        if (x is { Granted: true, Channel: "email" } && s.Profile is { Email: { } address } profile)
        {
            s.Outreach.Suppression.Lift(address);
            if (x.Origin == ConsentChanged.Confirmed)
                profile.ConfirmEmail();
        }
        if (x.Name != 0)
            consents.Link(x.Customer, x.Name, x.Time - 1);
        consents.Record(
            x.Customer,
            x.Channel,
            x.Topic == "" ? ConsentLedger.AllTopics : x.Topic,
            x.Granted,
            x.Time,
            origin: x.Origin
        );
    }

    /// <summary>
    /// Consent is told apart by the name it was given under until names are known to be one person: a user id is the
    /// customer itself, an anonymous id becomes so with the call that carries both.
    /// </summary>
    static void LinkNames(CustomerState s, Tracked t)
    {
        if (!t.Marks.HasFlag(EventMarks.UnderUserId))
            return;
        s.Known = true;
        if (!IsClaimed(t) && !s.Proved)
            Prove(s);
        if (t.LinkedName != 0)
            s.OwnOutreach.Consents.Link(s.Number, t.LinkedName, t.Time);
        if (s.UserName != t.Name)
            s.OwnOutreach.Consents.Link(s.Number, t.Name, t.Time);
        s.UserName = t.Name;
    }

    static void Prove(CustomerState s)
    {
        s.Proved = true;
        if (s.Profile is { } profile)
            profile.IsProved = true;
    }

    /// <summary>The first variant stays, also where two histories became one.</summary>
    static void Expose(CustomerState s, ExperimentExposed x)
    {
        foreach (var known in s.Exposures.Span)
            if (known.Experiment == x.Experiment && known.Begun == x.Begun)
                return;
        s.Exposures.Add(new Exposure(x.Experiment, x.Begun, x.Variant), CustomerState.MaxExposures);
    }

    static void LinkSides(CustomerState s, Merged merged)
    {
        s.OwnOutreach.Consents.Link(s.Number, merged.Source, merged.Time);
        foreach (var name in merged.Names)
            s.OwnOutreach.Consents.Link(s.Number, name, merged.Time);
    }

    static void Leave(CustomerState s, Guid message)
    {
        var waiting = s.Outreach.Waiting.Span;
        for (var i = 0; i < waiting.Length; i++)
            if (waiting[i].Message == message)
            {
                s.OwnOutreach.Waiting.RemoveAt(i);
                return;
            }
    }

    /// <summary>Where the order that the event names stands among <see cref="CustomerState.Purchases"/>, or -1.</summary>
    static int IndexOfOrder(CustomerState s, Tracked t) => t.Reference is null ? -1 : s.OrderIds.Span.IndexOf(IdOf(t));

    /// <summary>The order's id as a number; 0 when the event names none.</summary>
    public static ulong IdOf(Tracked t) => t.Reference is null ? 0 : HashOf(t.Reference);

    /// <summary>FNV-1a over UTF-8, 64 bits: stable for ever, as it stands in snapshots.</summary>
    static ulong HashOf(string text)
    {
        var hash = 14695981039346656037ul;
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(text.Length, 255))];
        var length = Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, 255)), bytes);
        foreach (var b in bytes[..length])
            hash = (hash ^ b) * 1099511628211ul;
        return hash == 0 ? 1 : hash;
    }

    static int Seconds(long milliseconds) => (int)Math.Clamp(milliseconds / 1000, int.MinValue, int.MaxValue);
}

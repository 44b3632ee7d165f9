using Personalization.Churn;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Experiments;
using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// A customer's state as bytes. Snapshots are discardable: one of another version, or damaged, is read as null and the
/// state is folded again from the journal.
/// </summary>
public static class SnapshotCodec
{
    const byte Version = 8;

    public static void Write(CustomerState s, ByteWriter w)
    {
        w.Byte(Version);
        w.Signed(s.Number);
        w.Signed(s.Version);
        w.Signed(s.Newest.Time);
        w.Byte((byte)s.Newest.Kind);
        w.Fixed64(s.Newest.Message);
        w.Signed(s.FirstSeen);
        w.Signed(s.LastSeen);
        w.Signed(s.Visits);
        w.Signed(s.VisitStart);
        w.Bool(s.Known);
        w.Bool(s.Proved);
        w.Signed(s.UserName);
        w.Bool(s.Registered);
        w.Signed(s.RegistrationBegun);
        w.Signed(s.Events);
        w.Signed(s.Orders);
        w.Signed(s.Cancellations);
        w.Signed(s.ProductViews);
        w.Signed(s.Searches);
        w.Signed(s.Revenue);
        w.Signed(s.Cancelled);
        w.Signed(s.Refunded);
        w.Signed(s.Unconverted);
        w.Signed(s.LastOrder);
        w.Signed(s.ForwardedTo);
        w.Bool(s.IsErased);
        w.Byte((byte)s.Tracking);
        WriteProducts(s, w);
        WritePurchases(s, w);
        WritePerson(s, w);
        s.Seen.Save(w);
        WriteOutreach(s.Outreach, w);
    }

    public static CustomerState? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var r = new ByteReader(bytes);
            return r.Byte() == Version ? Read(ref r) : null;
        }
        catch (Exception damaged) when (damaged is InvalidDataException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    static CustomerState Read(ref ByteReader r)
    {
        var s = new CustomerState(r.Signed()) { Version = r.Int() };
        s.Newest = new FactOrder(r.Signed(), (EventKind)r.Byte(), r.Fixed64());
        s.FirstSeen = r.Signed();
        s.LastSeen = r.Signed();
        s.Visits = r.Int();
        s.VisitStart = r.Signed();
        s.Known = r.Bool();
        s.Proved = r.Bool();
        s.UserName = r.Signed();
        s.Registered = r.Bool();
        s.RegistrationBegun = r.Signed();
        s.Events = r.Int();
        s.Orders = r.Int();
        s.Cancellations = r.Int();
        s.ProductViews = r.Int();
        s.Searches = r.Int();
        s.Revenue = r.Signed();
        s.Cancelled = r.Signed();
        s.Refunded = r.Signed();
        s.Unconverted = r.Signed();
        s.LastOrder = r.Signed();
        s.ForwardedTo = r.Signed();
        s.IsErased = r.Bool();
        s.Tracking = (TrackingLevel)r.Byte();
        ReadProducts(s, ref r);
        ReadPurchases(s, ref r);
        ReadPerson(s, ref r);
        s.Seen.Load(ref r);
        if (r.Bool())
            ReadOutreach(s.OwnOutreach, ref r);
        return s;
    }

    static void WriteProducts(CustomerState s, ByteWriter w)
    {
        w.Unsigned((ulong)s.Touches.Count);
        foreach (var touch in s.Touches.Span)
        {
            w.Signed(touch.Product);
            w.Signed(touch.Time);
            w.Byte((byte)touch.Signal);
            w.Signed(touch.Visit);
        }
        w.Unsigned((ulong)s.Cart.Count);
        foreach (var line in s.Cart.Span)
        {
            w.Signed(line.Product);
            w.Signed(line.Quantity);
            w.Signed(line.Price);
        }
        w.Signed(s.CartTouched);
        w.Signed(s.CartSince);
        w.Signed(s.CartFilled);
        w.Bool(s.CartImported);
        w.Signed(s.ImportedAt);
        w.Unsigned((ulong)s.Favourites.Count);
        foreach (var favourite in s.Favourites.Span)
        {
            w.Signed(favourite.Product);
            w.Signed(favourite.Time);
        }
        w.Unsigned((ulong)s.Bought.Count);
        foreach (var bought in s.Bought.Span)
        {
            w.Signed(bought.Product);
            w.Signed(bought.Last);
            w.Signed(bought.Count);
        }
        w.Numbers(s.Hidden.Span);
        w.Unsigned((ulong)s.Recommended.Count);
        foreach (var touch in s.Recommended.Span)
        {
            w.Signed(touch.Time);
            w.Byte((byte)touch.Outcomes);
            TrackedCodec.WriteAttribution(touch.Answer, touch.Time, w);
        }
        w.Unsigned((ulong)s.Exposures.Count);
        foreach (var exposure in s.Exposures.Span)
        {
            w.Text(exposure.Experiment);
            w.Signed(exposure.Begun);
            w.Signed(exposure.Variant);
        }
    }

    static void ReadProducts(CustomerState s, ref ByteReader r)
    {
        for (var n = r.Count(); n > 0; n--)
            s.Touches.Add(new Touch(r.Int(), r.Int(), (Signal)r.Byte(), r.Int()), CustomerState.MaxTouches);
        for (var n = r.Count(); n > 0; n--)
            s.Cart.Add(new CartLine(r.Int(), r.Int(), r.Signed()), CustomerState.MaxCart);
        s.CartTouched = r.Signed();
        s.CartSince = r.Signed();
        s.CartFilled = r.Signed();
        s.CartImported = r.Bool();
        s.ImportedAt = r.Signed();
        for (var n = r.Count(); n > 0; n--)
            s.Favourites.Add(new Marked(r.Int(), r.Int()), CustomerState.MaxFavourites);
        for (var n = r.Count(); n > 0; n--)
            s.Bought.Add(new Purchased(r.Int(), r.Int(), r.Int()), CustomerState.MaxPurchased);
        ReadInts(ref s.Hidden, CustomerState.MaxNeverShow, ref r);
        for (var n = r.Count(); n > 0; n--)
        {
            var (time, outcomes) = (r.Signed(), (Outcome)r.Byte());
            s.Recommended.Add(
                new RecommendedTouch(TrackedCodec.ReadAttribution(time, ref r), time, outcomes),
                CustomerState.MaxRecommended
            );
        }
        for (var n = r.Count(); n > 0; n--)
            s.Exposures.Add(new Exposure(r.Text() ?? "", r.Signed(), r.Int()), CustomerState.MaxExposures);
    }

    static void WritePurchases(CustomerState s, ByteWriter w)
    {
        w.Unsigned((ulong)s.Purchases.Count);
        for (var i = 0; i < s.Purchases.Count; i++)
        {
            var purchase = s.Purchases[i];
            w.Fixed64(s.OrderIds[i]);
            w.Signed(purchase.Time);
            w.Signed(purchase.Amount);
            w.Signed(purchase.Units);
            w.Signed(purchase.Lines);
        }
        w.Unsigned((ulong)s.ClaimedOrders.Count);
        foreach (var claimed in s.ClaimedOrders.Span)
        {
            w.Fixed64(claimed.Id);
            w.Signed(claimed.Amount);
        }
        w.Signed(s.ClaimedRevenue);
        w.Unsigned((ulong)s.Returns.Count);
        foreach (var back in s.Returns.Span)
        {
            w.Signed(back.Time);
            w.Signed(back.Amount);
        }
        w.Unsigned((ulong)s.GivenBack.Count);
        foreach (var back in s.GivenBack.Span)
        {
            w.Fixed64(back.Order);
            w.Signed(back.Cancelled);
            w.Signed(back.Refunded);
            w.Signed(back.RefundedInAll);
            w.Bool(back.IsCancelled);
        }
        w.Numbers(s.VisitDays.Span);
        w.Numbers(s.Complaints.Span);
        w.Bool(s.Draft is not null);
        if (s.Draft is not { } draft)
            return;
        w.Text(draft.Reference);
        w.Signed(draft.Amount);
        w.Signed(draft.Time);
        TrackedCodec.WriteLines(draft.Lines, w);
    }

    static void ReadPurchases(CustomerState s, ref ByteReader r)
    {
        for (var n = r.Count(); n > 0; n--)
        {
            s.OrderIds.Add(r.Fixed64(), CustomerState.MaxPurchases);
            s.Purchases.Add(new Purchase(r.Int(), r.Signed(), r.Int(), r.Int()), CustomerState.MaxPurchases);
        }
        for (var n = r.Count(); n > 0; n--)
            s.ClaimedOrders.Add(new ClaimedOrder(r.Fixed64(), r.Signed()), CustomerState.MaxClaimedOrders);
        s.ClaimedRevenue = r.Signed();
        for (var n = r.Count(); n > 0; n--)
            s.Returns.Add(new Return(r.Int(), r.Signed()), CustomerState.MaxReturns);
        for (var n = r.Count(); n > 0; n--)
            s.GivenBack.Add(new GivenBack(r.Fixed64(), r.Signed(), r.Signed(), r.Signed(), r.Bool()), CustomerState.MaxPurchases);
        ReadInts(ref s.VisitDays, ChurnHistory.VisitDaysKept, ref r);
        ReadInts(ref s.Complaints, CustomerState.MaxComplaints, ref r);
        if (!r.Bool())
            return;
        var (reference, amount, time) = (r.Text(), r.Signed(), r.Signed());
        s.Draft = new DraftOrder(reference, TrackedCodec.ReadLines(ref r), amount, time);
    }

    static void WritePerson(CustomerState s, ByteWriter w)
    {
        w.Bool(s.Profile is not null);
        if (s.Profile is { } profile)
        {
            foreach (var layer in new[] { profile.Told, profile.Claimed })
            {
                w.Text(layer.Traits);
                w.Text(layer.TimeZone);
                w.Text(layer.Locale);
            }
            w.Bool(profile.IsEmailTold);
            w.Bool(profile.IsEmailConfirmed);
        }
        WriteSource(s.FirstSource, w);
        WriteSource(s.LastSource, w);
    }

    static void ReadPerson(CustomerState s, ref ByteReader r)
    {
        if (r.Bool())
            s.Profile = Profile.Of(ReadLayer(ref r), ReadLayer(ref r), s.Proved, r.Bool(), r.Bool());
        s.FirstSource = ReadSource(ref r);
        s.LastSource = ReadSource(ref r);
    }

    static ProfileLayer ReadLayer(ref ByteReader r) => new(r.Text(), r.Text(), r.Text());

    static void WriteSource(VisitSource? source, ByteWriter w)
    {
        w.Bool(source is not null);
        if (source is not null)
            TrackedCodec.WriteSource(source, w, isSealed: true);
    }

    static VisitSource? ReadSource(ref ByteReader r) => r.Bool() ? TrackedCodec.ReadSource(ref r) : null;

    static void WriteOutreach(OutreachState s, ByteWriter w)
    {
        w.Bool(!s.IsEmpty);
        if (s.IsEmpty)
            return;
        s.Consents.Save(w);
        s.Suppression.Save(w);
        s.Messages.Save(w);
        w.Unsigned((ulong)s.Warnings.Count);
        foreach (var warning in s.Warnings.Span)
        {
            w.Guid(warning.Warning);
            w.Byte((byte)warning.Policy);
            w.Single(warning.Risk);
            w.Signed(warning.MoneyAtRisk);
            w.Texts(warning.Reasons);
            w.Text(warning.Model);
            w.Signed(warning.RaisedAt);
        }
        w.Unsigned((ulong)s.ClosedWarnings.Count);
        foreach (var closed in s.ClosedWarnings.Span)
            w.Guid(closed);
        w.Unsigned((ulong)s.Waiting.Count);
        foreach (var waiting in s.Waiting.Span)
        {
            w.Guid(waiting.Message);
            w.Text(waiting.Playbook);
            w.Text(waiting.Occasion);
            w.Text(waiting.Channel);
        }
    }

    static void ReadOutreach(OutreachState s, ref ByteReader r)
    {
        s.Consents = ConsentLedger.Load(ref r);
        s.Suppression = Suppression.Load(ref r);
        s.Messages = MessageLedger.Load(ref r);
        for (var n = r.Count(); n > 0; n--)
        {
            var (id, policy, risk, money) = (r.Guid(), (WarningPolicy)r.Byte(), r.Single(), r.Signed());
            s.Warnings.Add(new OpenWarning(id, policy, risk, money, r.Texts(), r.Text() ?? "", r.Signed()), 8);
        }
        for (var n = r.Count(); n > 0; n--)
            s.ClosedWarnings.Add(r.Guid(), CustomerState.MaxClosedWarnings);
        for (var n = r.Count(); n > 0; n--)
            s.Waiting.Add(new WaitingMessage(r.Guid(), r.Text() ?? "", r.Text() ?? "", r.Text() ?? ""), 16);
    }

    static void ReadInts(ref BoundedList<int> values, int bound, ref ByteReader r)
    {
        for (var n = r.Count(); n > 0; n--)
            values.Add(r.Int(), bound);
    }
}

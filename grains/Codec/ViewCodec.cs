using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Codec;

/// <summary>The customer as it is. Numbers by the rule of <see cref="CallCodec"/>; its parts stand in <see cref="PartCodec"/>.</summary>
static class ViewCodec
{
    public static void Write(CustomerView view, FieldWriter w)
    {
        w.Number(1, view.Customer);
        w.Number(2, view.Version);
        w.Flag(3, view.Known);
        w.Flag(4, view.IsErased);
        w.Number(5, (long)view.Stage);
        w.Number(6, view.FirstSeen);
        w.Number(7, view.LastSeen);
        w.Number(8, view.Visits);
        w.Number(9, view.Events);
        w.Number(10, view.Orders);
        w.Number(11, view.Revenue);
        w.Number(12, view.Cancellations);
        w.Number(13, view.Cancelled);
        w.Number(14, view.LastOrder);
        w.Messages(15, view.Cart, PartCodec.Write);
        w.Numbers(16, view.Favourites);
        w.Numbers(17, view.RecentlyViewed);
        w.MessageOrNull(18, view.Draft, PartCodec.Write);
        w.MessageOrNull(19, view.Profile, PartCodec.Write);
        w.MessageOrNull(20, view.FirstSource, PartCodec.Write);
        w.MessageOrNull(21, view.LastSource, PartCodec.Write);
        w.Messages(22, view.Warnings, PartCodec.Write);
        w.Messages(23, view.Consents, PartCodec.Write);
        w.MessageOrNull(24, view.Churn, Write);
    }

    public static CustomerView Read(ReadOnlySpan<byte> bytes)
    {
        long customer = 0,
            firstSeen = 0,
            lastSeen = 0,
            revenue = 0,
            cancelled = 0,
            lastOrder = 0;
        int version = 0,
            visits = 0,
            events = 0,
            orders = 0,
            cancellations = 0;
        bool known = false,
            erased = false;
        LifecycleStage stage = 0;
        CartLine[] cart = [];
        int[] favourites = [],
            viewed = [];
        DraftOrder? draft = null;
        Profile? profile = null;
        VisitSource? firstSource = null,
            lastSource = null;
        OpenWarning[] warnings = [];
        ConsentView[] consents = [];
        ChurnView? churn = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    customer = r.Long();
                    break;
                case 2:
                    version = r.Int();
                    break;
                case 3:
                    known = r.Flag();
                    break;
                case 4:
                    erased = r.Flag();
                    break;
                case 5:
                    stage = Stage(r) ?? LifecycleStage.Stranger;
                    break;
                case 6:
                    firstSeen = r.Long();
                    break;
                case 7:
                    lastSeen = r.Long();
                    break;
                case 8:
                    visits = r.Int();
                    break;
                case 9:
                    events = r.Int();
                    break;
                case 10:
                    orders = r.Int();
                    break;
                case 11:
                    revenue = r.Long();
                    break;
                case 12:
                    cancellations = r.Int();
                    break;
                case 13:
                    cancelled = r.Long();
                    break;
                case 14:
                    lastOrder = r.Long();
                    break;
                case 15:
                    cart = r.Messages(PartCodec.ReadCartLine);
                    break;
                case 16:
                    favourites = r.Ints();
                    break;
                case 17:
                    viewed = r.Ints();
                    break;
                case 18:
                    draft = r.Message(PartCodec.ReadDraft);
                    break;
                case 19:
                    profile = r.Message(PartCodec.ReadProfile);
                    break;
                case 20:
                    firstSource = r.Message(PartCodec.ReadSource);
                    break;
                case 21:
                    lastSource = r.Message(PartCodec.ReadSource);
                    break;
                case 22:
                    warnings = r.Messages(PartCodec.ReadWarning);
                    break;
                case 23:
                    consents = r.Messages(PartCodec.ReadConsent);
                    break;
                case 24:
                    churn = r.Message(ReadChurn);
                    break;
            }
        }
        return new CustomerView(
            customer,
            version,
            known,
            erased,
            stage,
            firstSeen,
            lastSeen,
            visits,
            events,
            orders,
            revenue,
            cancellations,
            cancelled,
            lastOrder,
            cart,
            favourites,
            viewed,
            draft,
            profile,
            firstSource,
            lastSource,
            warnings,
            consents,
            churn ?? ReadChurn([])
        );
    }

    public static void Write(ChurnView churn, FieldWriter w)
    {
        w.SingleOrNull(1, churn.Risk);
        w.Flag(2, churn.AtRisk);
        w.Texts(3, churn.Reasons);
        w.Number(4, churn.MoneyAtRisk);
        w.Number(5, churn.ExpectedValue);
        w.Text(6, churn.ModelVersion);
        w.MessageOrNull(7, churn.Forecast, Write);
    }

    public static ChurnView ReadChurn(ReadOnlySpan<byte> bytes)
    {
        float? risk = null;
        var atRisk = false;
        string[] reasons = [];
        long money = 0,
            value = 0;
        var model = "";
        ForecastView? forecast = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    risk = r.Single();
                    break;
                case 2:
                    atRisk = r.Flag();
                    break;
                case 3:
                    reasons = r.Texts();
                    break;
                case 4:
                    money = r.Long();
                    break;
                case 5:
                    value = r.Long();
                    break;
                case 6:
                    model = r.Text();
                    break;
                case 7:
                    forecast = r.Message(ReadForecast);
                    break;
            }
        }
        return new ChurnView(risk, atRisk, reasons, money, value, model) { Forecast = forecast };
    }

    static void Write(ForecastView forecast, FieldWriter w)
    {
        w.Number(1, forecast.HorizonDays);
        w.Double(2, forecast.Active);
        w.Double(3, forecast.Purchases);
        w.Number(4, forecast.Value);
        w.Number(5, forecast.Next);
        w.Number(6, forecast.Earliest);
        w.Number(7, forecast.Latest);
        w.Text(8, forecast.ModelVersion);
    }

    static ForecastView ReadForecast(ReadOnlySpan<byte> bytes)
    {
        var horizon = 0;
        double active = 0,
            purchases = 0;
        long value = 0,
            next = 0,
            earliest = 0,
            latest = 0;
        var model = "";
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    horizon = r.Int();
                    break;
                case 2:
                    active = r.Double();
                    break;
                case 3:
                    purchases = r.Double();
                    break;
                case 4:
                    value = r.Long();
                    break;
                case 5:
                    next = r.Long();
                    break;
                case 6:
                    earliest = r.Long();
                    break;
                case 7:
                    latest = r.Long();
                    break;
                case 8:
                    model = r.Text();
                    break;
            }
        }
        return new ForecastView(horizon, active, purchases, value, next, earliest, latest, model);
    }

    /// <summary>The stage that a field holds; null for one that only a newer build knows.</summary>
    public static LifecycleStage? Stage(in FieldReader r) =>
        r.Member((byte)LifecycleStage.LostBuyer, other: byte.MaxValue) switch
        {
            byte.MaxValue => null,
            var stage => (LifecycleStage)stage,
        };
}

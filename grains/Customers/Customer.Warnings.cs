using System.Buffers.Binary;
using Personalization.Churn;
using Personalization.Events;

namespace Personalization.Customers;

/// <summary>Warnings: raised by silence or by a step not taken, closed by the event that answers them (R30 to R33).</summary>
public sealed partial class Customer
{
    void RaiseChurn(Turn turn, long now, ShopContext shop, ref long? next)
    {
        if (State.Purchases.Count == 0)
            return;
        var open = Open(WarningPolicy.Churn);
        if (open is not null)
        {
            UpdateChurn(turn, open, now, shop);
            // Nothing but time can happen now: look again when it may say more, or have become too late.
            Sooner(ref next, now + 7 * Day);
            return;
        }
        var seconds = (int)(now / 1000) + 1;
        if (shop.Churn.NextCrossing(State.ChurnHistory, seconds) is not { } crossing)
            return;
        if (crossing > seconds)
        {
            Sooner(ref next, crossing * 1000L);
            return;
        }
        // One warning per silence: what a person or time has closed stays closed until the customer buys again.
        var warning = WarningId(WarningPolicy.Churn, State.LastOrder);
        if (State.Outreach.ClosedWarnings.Span.Contains(warning))
            return;
        var churn = shop.Assess(State.ChurnHistory, seconds)!.Value;
        Do(
            turn,
            new WarningRaised
            {
                Time = now,
                Warning = warning,
                Policy = WarningPolicy.Churn,
                Risk = churn.Risk,
                MoneyAtRisk = churn.MoneyAtRisk,
                Reasons = shop.Churn.Reasons(State.ChurnHistory, seconds),
                Model = shop.Churn.Version,
            }
        );
        Sooner(ref next, now + 7 * Day);
    }

    /// <summary>A marketer ranks by what is so now: an open warning follows the risk, in steps worth recording.</summary>
    void UpdateChurn(Turn turn, OpenWarning open, long now, ShopContext shop)
    {
        const float step = 0.05f;
        var seconds = (int)(now / 1000) + 1;
        if (shop.Assess(State.ChurnHistory, seconds) is not { } churn)
            return;
        if (Math.Abs(churn.Risk - open.Risk) < step && Math.Abs(churn.MoneyAtRisk - open.MoneyAtRisk) <= open.MoneyAtRisk * step)
            return;
        Do(
            turn,
            new WarningUpdated
            {
                Time = now,
                Warning = open.Warning,
                Risk = churn.Risk,
                MoneyAtRisk = churn.MoneyAtRisk,
                Reasons = shop.Churn.Reasons(State.ChurnHistory, seconds),
                Model = shop.Churn.Version,
            }
        );
    }

    void RaiseAlmostBuyer(Turn turn, long now, ShopContext shop, ref long? next)
    {
        var open = Unfinished(now);
        if (AlmostBuyer.NextDetection(open, shop.AlmostBuyers) is { } seconds)
            Sooner(ref next, now + seconds * 1000L);
        if (AlmostBuyer.Detect(open, shop.AlmostBuyers) is not { } almost)
            return;
        var policy = almost.Kind switch
        {
            AlmostBuyerKind.Checkout => WarningPolicy.CheckoutLeft,
            AlmostBuyerKind.Cart => WarningPolicy.CartLeft,
            AlmostBuyerKind.Registration => WarningPolicy.RegistrationLeft,
            _ => WarningPolicy.ViewedNotCarted,
        };
        if (Open(policy) is not null)
            return;
        var warning = WarningId(policy, State.LastSeen);
        if (State.Outreach.ClosedWarnings.Span.Contains(warning))
            return;
        Do(
            turn,
            new WarningRaised
            {
                Time = now,
                Warning = warning,
                Policy = policy,
                Risk = 0,
                MoneyAtRisk = almost.Amount,
                Reasons = [almost.Sentence],
                Model = "",
            }
        );
        Sooner(ref next, now + shop.AlmostBuyers.Forgotten * 1000L);
    }

    /// <summary>What the customer has begun and not finished.</summary>
    Unfinished Unfinished(long now)
    {
        int views = 0,
            cartAmountAt = 0;
        var products = new HashSet<int>();
        var touches = State.Touches.Span;
        for (
            var i = touches.Length - 1;
            i >= 0 && touches[i].Signal is not (Recommendations.Signal.CartAdd or Recommendations.Signal.Purchase);
            i--
        )
        {
            if (now / 1000 - touches[i].Time > 7 * 86_400)
                break;
            if (touches[i].Signal != Recommendations.Signal.View)
                continue;
            views++;
            products.Add(touches[i].Product);
        }
        var cartAmount = 0L;
        for (; cartAmountAt < State.Cart.Count; cartAmountAt++)
            cartAmount = Saturating.Add(
                cartAmount,
                Saturating.Multiply(State.Cart[cartAmountAt].Price, State.Cart[cartAmountAt].Quantity)
            );
        var hasCheckout = State.Draft is not null;
        return new Unfinished(
            views,
            products.Count,
            State.CartFilled > 0 && !hasCheckout ? Age(State.CartTouched) : null,
            State.Draft is { Amount: > 0 } draft ? draft.Amount : cartAmount,
            hasCheckout ? Age(State.Draft!.Time) : null,
            State.RegistrationBegun > 0 ? Age(State.RegistrationBegun) : null
        );

        int Age(long time) => (int)Math.Clamp((now - time) / 1000, 0, int.MaxValue);
    }

    /// <summary>An event that answers a warning closes it: an order all of them, a cart the views, a checkout the cart, a registration its own.</summary>
    void CloseAnsweredWarnings(Turn turn, long now)
    {
        for (var i = State.Outreach.Warnings.Count - 1; i >= 0; i--)
        {
            var warning = State.Outreach.Warnings[i];
            if (IsAnswered(warning))
                Do(
                    turn,
                    new WarningClosed
                    {
                        Time = now,
                        Warning = warning.Warning,
                        Outcome = WarningOutcome.Resolved,
                    }
                );
        }
    }

    bool IsAnswered(OpenWarning warning) =>
        warning.Policy switch
        {
            WarningPolicy.Churn => State.LastOrder > warning.RaisedAt,
            WarningPolicy.ViewedNotCarted => State.Cart.Count > 0 || State.LastOrder > warning.RaisedAt,
            WarningPolicy.CartLeft => State.CartFilled == 0 || State.Draft is not null,
            WarningPolicy.CheckoutLeft => State.Draft is null,
            WarningPolicy.RegistrationLeft => State.RegistrationBegun == 0,
            _ => false,
        };

    void CloseExpiredWarnings(Turn turn, long now, ShopContext shop, ref long? next)
    {
        for (var i = State.Outreach.Warnings.Count - 1; i >= 0; i--)
        {
            var warning = State.Outreach.Warnings[i];
            var expired =
                warning.Policy == WarningPolicy.Churn
                    ? shop.Assess(State.ChurnHistory, (int)(now / 1000) + 1) is not { Lost: false }
                    : now - warning.RaisedAt > shop.AlmostBuyers.Forgotten * 1000L;
            if (expired)
                Do(
                    turn,
                    new WarningClosed
                    {
                        Time = now,
                        Warning = warning.Warning,
                        Outcome = WarningOutcome.Expired,
                    }
                );
            else if (warning.Policy != WarningPolicy.Churn)
                Sooner(ref next, warning.RaisedAt + shop.AlmostBuyers.Forgotten * 1000L + 1);
        }
    }

    /// <summary>A marketer's word: closes an open warning.</summary>
    public Turn CloseWarning(Guid warning, WarningOutcome outcome, string by, string? note, long now)
    {
        var turn = new Turn();
        if (Find(warning) is not null)
            Do(
                turn,
                new WarningClosed
                {
                    Time = now,
                    Warning = warning,
                    Outcome = outcome,
                    By = by,
                    Note = note,
                }
            );
        return turn;
    }

    OpenWarning? Open(WarningPolicy policy)
    {
        foreach (var warning in State.Outreach.Warnings.Span)
            if (warning.Policy == policy)
                return warning;
        return null;
    }

    OpenWarning? Find(Guid id)
    {
        foreach (var warning in State.Outreach.Warnings.Span)
            if (warning.Warning == id)
                return warning;
        return null;
    }

    /// <summary>One warning per customer, policy and occasion: deciding twice raises it once.</summary>
    Guid WarningId(WarningPolicy policy, long occasion)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, State.Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], occasion << 8 | (byte)policy);
        return new Guid(bytes);
    }
}

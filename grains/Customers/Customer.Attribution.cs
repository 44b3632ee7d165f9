using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>Which recommendation an event came of. Decided once, when it is taken in: the journal keeps what was decided.</summary>
public sealed partial class Customer
{
    /// <summary>Made when the customer is first asked for recommendations.</summary>
    RecentAnswers? _answers;

    /// <summary>
    /// The event with the answers its products are counted for: by the id it carries, by one that the product was clicked with, by
    /// the answers shown lately. A product counts once per answer and outcome; orders are told apart by their own ids.
    /// </summary>
    Tracked Attribute(Tracked e, ShopContext shop)
    {
        var outcome = Outcomes.Of(e.Kind);
        if (e.Marks.HasFlag(EventMarks.RepeatedOrder) || (outcome == Outcome.Ordered && !Customers.Fold.IsOrder(e)))
            return e.Attributions.Length == 0 ? e : e with { Attributions = [] };
        if (outcome is Outcome.None or Outcome.Shown || e.Lines.Length == 0)
            return e;
        if (e.Attributions.Length == 0 && State.Recommended.Count == 0 && _answers is null)
            return e;
        List<Attribution>? found = null;
        foreach (var line in e.Lines)
            if (
                (Given(e, line.Product) ?? Carried(line.Product, outcome, e.Time, shop) ?? _answers?.Find(line.Product, e.Time))
                    is { } answer
                && !IsKnown(answer, outcome)
                && found?.Exists(other => other.Product == answer.Product) != true
            )
                (found ??= []).Add(answer);
        return e with { Attributions = found is null ? [] : [.. found] };
    }

    static Attribution? Given(Tracked e, int product)
    {
        foreach (var answer in e.Attributions)
            if (answer.Product == product || answer.Product == Attribution.WholeEvent)
                return answer with { Product = product };
        return null;
    }

    /// <summary>A cart and an order inherit the newest click of the product within the window.</summary>
    Attribution? Carried(int product, Outcome outcome, long time, ShopContext shop)
    {
        if (outcome is not (Outcome.Carted or Outcome.Ordered))
            return null;
        for (var i = State.Recommended.Count - 1; i >= 0; i--)
        {
            var touch = State.Recommended[i];
            if (touch.Answer.Product != product || touch.Time > time)
                continue;
            var isByProduct = touch.Answer.By == AttributedBy.Product;
            if (time - touch.Time <= (isByProduct ? RecentAnswers.Window : shop.AttributionWindow))
                return isByProduct ? touch.Answer : touch.Answer with { By = AttributedBy.Carried };
        }
        return null;
    }

    bool IsKnown(in Attribution answer, Outcome outcome)
    {
        if (outcome == Outcome.Ordered)
            return false;
        foreach (var touch in State.Recommended.Span)
            if (touch.Answer.IsOfSameAnswer(answer) && touch.Outcomes.HasFlag(outcome))
                return true;
        return false;
    }
}

using Personalization.Events;
using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// One-to-one outreach: occasions become intents, the arbiter weighs them, and everything is checked again before dispatch.
/// </summary>
public sealed partial class Customer
{
    /// <summary>Products recommended inside a message.</summary>
    const int MessageProducts = 4;

    /// <summary>Puts the messages into the outbox that the arbiter lets through now, and keeps why others were not.</summary>
    void QueueMessages(Turn turn, long now, ShopContext shop, ref long? next)
    {
        var intents = Intents(now, shop);
        if (intents.Count == 0)
            return;
        intents.RemoveAll(intent => IsHistory(intent.Playbook));
        var verdicts = Arbiter.Choose(intents, SituationAt(now, shop));
        for (var i = 0; i < intents.Count; i++)
        {
            if (intents[i].Due > now)
            {
                Sooner(ref next, intents[i].Due);
                continue;
            }
            if (verdicts[i].Sends)
                Queue(turn, intents[i], verdicts[i].NotBefore, now);
            else
            {
                // The ledger keeps why once; that it is still so is not news.
                if (State.Outreach.Messages.StateOf(intents[i].Message) != MessageState.Withheld)
                    Withhold(turn, intents[i].Message, intents[i].Playbook.Id, intents[i].Occasion, verdicts[i].Reason, now);
                if (verdicts[i].RetryAt is { } retry)
                    Sooner(ref next, retry);
            }
        }
    }

    /// <summary>What one could say to this customer now and has not said yet.</summary>
    List<Intent> Intents(long now, ShopContext shop)
    {
        var intents = new List<Intent>();
        foreach (var playbook in shop.Outreach.Playbooks)
            if (
                playbook.Enabled
                && IntentOf(playbook, now, shop) is { } intent
                && now < intent.Expires
                && State.Outreach.Messages.StateOf(intent.Message) is null or MessageState.Withheld
                && !playbook.HoldsOut(State.Number)
            )
                intents.Add(intent);
        return intents;
    }

    /// <summary>The playbook's occasion in this customer's life, or null when there is none.</summary>
    Intent? IntentOf(Playbook playbook, long now, ShopContext shop)
    {
        var intent = playbook.Trigger switch
        {
            PlaybookTrigger.CartLeft when State.CartFilled > 0 => playbook.IntentFor(
                State.Number,
                $"cart-{State.CartSince}",
                State.CartTouched,
                CartValue()
            ),
            PlaybookTrigger.ChurnWarning when Open(WarningPolicy.Churn) is { } warning => playbook.IntentFor(
                State.Number,
                warning.Warning.ToString("N"),
                warning.RaisedAt,
                warning.MoneyAtRisk
            ),
            _ => null,
        };
        if (intent is null)
            return null;
        return playbook.Trigger == PlaybookTrigger.CartLeft
            ? intent with
            {
                HasContent = CartCanBeBought(shop),
                Since = State.CartFilled,
            }
            : intent with
            {
                Since = Open(WarningPolicy.Churn)!.RaisedAt,
            };
    }

    /// <summary>
    /// An import sends no message: neither about a cart it brought nor about a silence that it revealed (a
    /// warning raised within a day of the import; a later one is the present's own).
    /// </summary>
    bool IsHistory(Playbook playbook) =>
        playbook.Trigger switch
        {
            PlaybookTrigger.CartLeft => State.CartImported,
            PlaybookTrigger.ChurnWarning => State.ImportedAt > 0
                && Open(WarningPolicy.Churn) is { } warning
                && warning.RaisedAt < State.ImportedAt + Day,
            _ => false,
        };

    long CartValue()
    {
        var value = 0L;
        foreach (var line in State.Cart.Span)
            value = Saturating.Add(value, Saturating.Multiply(line.Price, line.Quantity));
        return value;
    }

    bool CartCanBeBought(ShopContext shop)
    {
        foreach (var line in State.Cart.Span)
            if (shop.Catalogue[line.Product] is null or { IsSellable: true })
                return true;
        return false;
    }

    Situation SituationAt(long now, ShopContext shop, Mailbox? mailbox = null) =>
        new()
        {
            Address = State.Profile?.Email,
            Consent = State.Outreach.Consents,
            Ledger = State.Outreach.Messages,
            Suppression = State.Outreach.Suppression,
            Policy = shop.Outreach,
            Now = now,
            TimeZone = State.Profile?.TimeZone,
            Mailbox = mailbox,
            IsAddressTold = IsAddressTold,
        };

    void Queue(Turn turn, Intent intent, long notBefore, long now)
    {
        var queued = new MessageQueued
        {
            Time = now,
            Message = intent.Message,
            Playbook = intent.Playbook.Id,
            Occasion = intent.Occasion,
            Channel = intent.Playbook.Channel,
            NotBefore = notBefore,
        };
        Do(turn, queued);
        turn.Queued.Add(queued);
    }

    MessageWithheld Withhold(Turn turn, Guid message, string playbook, string occasion, Withheld why, long now)
    {
        var withheld = new MessageWithheld
        {
            Time = now,
            Message = message,
            Playbook = playbook,
            Occasion = occasion,
            Why = why,
        };
        Do(turn, withheld);
        return withheld;
    }

    /// <summary>Takes messages out of the outbox whose occasion is gone: bought meanwhile, cart emptied, consent withdrawn.</summary>
    void WithdrawMessages(Turn turn, long now, ShopContext shop)
    {
        for (var i = State.Outreach.Waiting.Count - 1; i >= 0; i--)
        {
            var waiting = State.Outreach.Waiting[i];
            if (waiting.Playbook == OptInPolicy.Playbook)
                continue;
            var playbook = shop.Outreach.Find(waiting.Playbook);
            var gone = playbook is null || IntentOf(playbook, now, shop)?.Message != waiting.Message;
            var why =
                gone ? Withheld.NoLongerApplies
                : !State.Outreach.Consents.Allows(waiting.Channel, playbook!.Topic) ? Withheld.NoConsent
                : Withheld.None;
            if (why == Withheld.None)
                continue;
            turn.Withdrawn.Add(Withhold(turn, waiting.Message, waiting.Playbook, waiting.Occasion, why, now));
        }
    }

    /// <summary>The last check, in the turn that dispatches the message.</summary>
    /// <param name="message">A message in the outbox.</param>
    /// <param name="mailbox">
    /// What is known of its <see cref="Destination"/>; null where it has none.
    /// </param>
    public (Turn Turn, MessageDraft? Message) Dispatch(Guid message, Mailbox? mailbox, long now, ShopContext shop)
    {
        var turn = new Turn();
        if (WaitingMessage(message) is not { } waiting)
            return (turn, null);
        if (waiting.Playbook == OptInPolicy.Playbook)
            return DispatchOptIn(message, mayAsk: false, now);
        var playbook = shop.Outreach.Find(waiting.Playbook);
        var intent = playbook is null ? null : IntentOf(playbook, now, shop);
        if (intent is null || intent.Message != message)
        {
            turn.Withdrawn.Add(Withhold(turn, message, waiting.Playbook, waiting.Occasion, Withheld.NoLongerApplies, now));
            return (turn, null);
        }
        var verdict = Arbiter.Decide(intent, SituationAt(now, shop, mailbox));
        if (verdict.Sends && mailbox is null)
            return (turn, null); // It came to be sendable a moment ago: the address must be asked first.
        if (verdict.Sends && verdict.NotBefore > now)
        {
            // Quiet hours began while it waited: it stays in the outbox, for a later time.
            Queue(turn, intent, verdict.NotBefore, now);
            return (turn, null);
        }
        if (!verdict.Sends)
        {
            turn.Withdrawn.Add(Withhold(turn, message, waiting.Playbook, waiting.Occasion, verdict.Reason, now));
            if (verdict.RetryAt is { } retry)
                ArmFor(turn, retry);
            return (turn, null);
        }
        var draft = Draft(intent, now, shop);
        var dispatched = new MessageDispatched
        {
            Time = now,
            Message = message,
            Playbook = playbook!.Id,
            Channel = playbook.Channel,
            Products = Array.ConvertAll(draft.Recommendations, item => item.Product),
        };
        Do(turn, dispatched);
        turn.Dispatched = dispatched;
        return (turn, draft);
    }

    /// <summary>A dispatched message did not leave: it waits again, as if it had not been dispatched.</summary>
    public Turn PutOff(MessageQueued again, string why, long now)
    {
        var turn = new Turn();
        if (State.IsErased || State.Outreach.Messages.StateOf(again.Message) != MessageState.Dispatched)
            return turn;
        Do(turn, again with { Time = now });
        turn.PutOff = new(again.Message, again.NotBefore, why);
        return turn;
    }

    /// <summary>What a playbook would do now, for a preview: nothing changes.</summary>
    public DryRun DryRun(string id, Mailbox? mailbox, long now, ShopContext shop)
    {
        var playbook = shop.Outreach.Find(id);
        if (playbook is null || IntentOf(playbook, now, shop) is not { } intent)
            return new DryRun(State.Number, false, [], 0, null);
        var verdict = Arbiter.Decide(intent, SituationAt(now, shop, mailbox));
        var reasons = new List<Withheld>(verdict.Reasons);
        if (IsHistory(playbook))
            reasons.Add(Withheld.FromImport);
        if (playbook.HoldsOut(State.Number))
            reasons.Add(Withheld.HeldOut);
        return new DryRun(State.Number, true, [.. reasons], verdict.NotBefore, Draft(intent, now, shop));
    }

    MessageDraft Draft(Intent intent, long now, ShopContext shop)
    {
        var recommended = Rank(new RecommendationQuery(Placement.Email, MessageProducts), now, shop);
        return new MessageDraft(
            intent.Message,
            intent.Playbook.Id,
            intent.Playbook.Topic,
            State.Profile?.Email ?? "",
            State.Profile?.FirstName,
            State.Profile?.Locale,
            State.Cart.Span.ToArray(),
            recommended.Items,
            Open(WarningPolicy.Churn)?.Reasons ?? []
        );
    }

    public Turn ChangeConsent(ConsentChanged change, long now, ShopContext shop)
    {
        var turn = new Turn();
        if (State.IsErased)
            return turn;
        Do(turn, change with { Customer = State.Number });
        // That the shop's server grants it does not make an address theirs that only a browser named.
        var isOpen = !change.Granted || change.Origin == ConsentChanged.Confirmed || KnownAddress.Of(State).IsTheirs;
        if (!isOpen)
            WantToAsk(turn, name: 0, (ulong)change.Time, change.Channel, change.Topic, now, shop);
        else if (AddressOn(change.Channel) is { } address)
            turn.Told(
                address,
                new(
                    change.Channel,
                    change.Topic,
                    change.Granted ? AddressWord.Granted : AddressWord.Denied,
                    change.Time,
                    change.Origin
                )
            );
        WithdrawMessages(turn, now, shop);
        return turn;
    }

    /// <summary>The shop's server says how much is kept of what this customer does from now on.</summary>
    public Turn ChangeTracking(TrackingChanged change)
    {
        var turn = new Turn();
        if (!State.IsErased && State.Tracking != change.Level)
            Do(turn, change);
        return turn;
    }

    ConsentView[] ConsentViews()
    {
        var views = new List<ConsentView>();
        foreach (var change in State.Outreach.Consents.Changes())
            if (!views.Exists(view => view.Channel == change.Channel && view.Topic == change.Topic))
                views.Add(
                    new ConsentView(change.Channel, change.Topic, State.Outreach.Consents.Allows(change.Channel, change.Topic))
                );
        return [.. views];
    }

    WaitingMessage? WaitingMessage(Guid message)
    {
        foreach (var waiting in State.Outreach.Waiting.Span)
            if (waiting.Message == message)
                return waiting;
        return null;
    }
}

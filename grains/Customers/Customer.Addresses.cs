using Personalization.Events;
using Personalization.Outreach;

namespace Personalization.Customers;

/// <summary>
/// What a customer's events say about its address, which may stand on other profiles too, and the double opt-in: a subscription
/// that nothing proves is asked about at its address.
/// </summary>
public sealed partial class Customer
{
    /// <summary>Bounces, complaints and what the server sends are e-mail's.</summary>
    const string Email = "email";

    /// <summary>Where messages of a channel go; null where that is not known.</summary>
    public string? AddressOn(string channel) => channel == Email ? State.Profile?.Email : null;

    /// <summary>Whether the shop told the address.</summary>
    bool IsAddressTold => State.Profile is { IsEmailTold: true };

    /// <summary>Keeps what an event of the turn decides, with the address as it stands at the event's place.</summary>
    static void NoteDecision(Turn turn, CustomerEvent e, CustomerState state)
    {
        if (e is Tracked t && TrackingLevels.IsDecision(t.Kind))
            (turn.Decisions ??= []).Add((t, KnownAddress.Of(state)));
    }

    /// <summary>Collects what new events say about addresses, and the wish to ask one for a confirmation.</summary>
    void TellAddress(Turn turn, bool imported, long now, ShopContext shop)
    {
        foreach (var (said, at) in turn.Decisions ?? [])
            TellAddress(turn, said, at, imported, now, shop);
        TellPurchase(turn);
    }

    /// <summary>
    /// A reminder of a cart that stands on another profile with the same address would come after the purchase. To a build that
    /// does not know the word it is a denial of a topic that no message has.
    /// </summary>
    void TellPurchase(Turn turn)
    {
        var address = AddressOn(Email);
        if (address is not null && State.LastOrder > 0 && (turn.BoughtBefore != State.LastOrder || turn.Before.Text != address))
            turn.Told(address, new(Email, "purchase", AddressWord.Bought, State.LastOrder, "order"));
    }

    void TellAddress(Turn turn, Tracked t, KnownAddress at, bool imported, long now, ShopContext shop)
    {
        var (channel, topic) = t.Kind is EventKind.Subscribed or EventKind.Unsubscribed
            ? (t.Reference ?? Email, t.Label ?? ConsentLedger.AllTopics)
            : (Email, ConsentLedger.AllTopics);
        if (channel != Email)
            return;
        AddressWord? word = t.Kind switch
        {
            EventKind.Subscribed when Customers.Fold.IsOfShop(t) => AddressWord.Granted,
            EventKind.Unsubscribed when !t.Marks.HasFlag(EventMarks.Claimed) => AddressWord.Denied,
            EventKind.MessageMarkedAsSpam when Customers.Fold.IsOfShop(t) => AddressWord.Denied,
            EventKind.MessageBounced when Customers.Fold.IsOfShop(t) && Suppression.IsHard(t) => AddressWord.Bounced,
            _ => null,
        };
        var isTold = false;
        if (word is { } said)
            foreach (var address in Concerned(t, said, at, said == AddressWord.Denied ? turn.Before : default))
            {
                turn.Told(address, new(channel, topic, said, t.Time, Customers.Fold.OriginOf(t)));
                isTold = true;
            }
        if (t.Kind == EventKind.Subscribed && !isTold && !imported)
            WantToAsk(turn, t.Name, t.Message, channel, topic, now, shop);
    }

    /// <summary>
    /// The addresses that an event is about: the one it names, else the customer's. A withdrawal that comes with a change of
    /// the address is one for both. A grant, and what a signed call says, reaches only an address that is this customer's.
    /// </summary>
    static IEnumerable<string> Concerned(Tracked t, AddressWord said, KnownAddress at, KnownAddress before)
    {
        var own = EventAddress.Of(t);
        if (Customers.Fold.IsOfShop(t) && own is not null)
            return [own];
        var concerned =
            from known in new[] { at, before }
            where known.IsTheirs || (Customers.Fold.IsOfShop(t) && said != AddressWord.Granted)
            let text = known.Text
            where text is not null && (own is null || AddressKeys.Normal(own) == AddressKeys.Normal(text))
            select text;
        return concerned.DistinctBy(AddressKeys.Normal);
    }

    /// <summary>Several topics of one turn are asked about as all: there is one message a day.</summary>
    void WantToAsk(Turn turn, long name, ulong subscription, string channel, string topic, long now, ShopContext shop)
    {
        if (!shop.Outreach.OptIn.Enabled || AddressOn(channel) is not { } address)
            return;
        topic = shop.Outreach.KnownTopic(topic);
        if (turn.OptIn is { } other)
            topic = other.Topic == topic ? topic : ConsentLedger.AllTopics;
        var occasion = $"{topic}:{name}:{subscription:x}";
        var message = MessageId.For(State.Number, OptInPolicy.Playbook, occasion);
        turn.OptIn = new OptIn(address, occasion, RequestFor(message, channel, topic, now));
    }

    /// <summary>The question that a waiting message puts to its address, as things stand now.</summary>
    public OptInRequest RequestOf(WaitingMessage waiting, long now) =>
        RequestFor(waiting.Message, waiting.Channel, waiting.Occasion.Split(':')[0], now);

    OptInRequest RequestFor(Guid message, string channel, string topic, long now)
    {
        var when =
            !State.Outreach.Consents.Allows(channel, topic) ? AskWhen.Always
            : IsAddressTold ? AskWhen.Refused
            : AskWhen.NotAllowed;
        return new OptInRequest(message, channel, topic, when, now);
    }

    /// <summary>Puts the message that asks into the outbox. It is no marketing: neither quiet hours nor caps concern it.</summary>
    public void QueueOptIn(Turn turn, OptIn wish, long now)
    {
        if (State.Outreach.Messages.StateOf(wish.Request.Message) is not null)
            return;
        var queued = new MessageQueued
        {
            Time = now,
            Message = wish.Request.Message,
            Playbook = OptInPolicy.Playbook,
            Occasion = wish.Occasion,
            Channel = wish.Request.Channel,
            NotBefore = now,
        };
        Do(turn, queued);
        turn.Queued.Add(queued);
    }

    /// <summary>What must be known of an address before a message may leave; null where the message does not go anyway.</summary>
    public (string Address, WaitingMessage Message)? Destination(Guid message, long now, ShopContext shop)
    {
        if (WaitingMessage(message) is not { } waiting || AddressOn(waiting.Channel) is not { } address)
            return null;
        if (waiting.Playbook == OptInPolicy.Playbook)
            return (address, waiting);
        return
            shop.Outreach.Find(waiting.Playbook) is { } playbook
            && IntentOf(playbook, now, shop) is { } intent
            && intent.Message == message
            && Arbiter.Decide(intent, SituationAt(now, shop)) is { Sends: true } verdict
            && verdict.NotBefore <= now
            ? (address, waiting)
            : null;
    }

    /// <summary>The last check of a message that asks. <paramref name="mayAsk"/>: its address lets it through.</summary>
    public (Turn Turn, MessageDraft? Message) DispatchOptIn(Guid message, bool mayAsk, long now)
    {
        var turn = new Turn();
        if (WaitingMessage(message) is not { } waiting)
            return (turn, null);
        if (!mayAsk || AddressOn(waiting.Channel) is not { } address)
        {
            var why = AddressOn(waiting.Channel) is null ? Withheld.NoAddress : Withheld.NoConsent;
            turn.Withdrawn.Add(Withhold(turn, waiting.Message, waiting.Playbook, waiting.Occasion, why, now));
            return (turn, null);
        }
        var dispatched = new MessageDispatched
        {
            Time = now,
            Message = waiting.Message,
            Playbook = waiting.Playbook,
            Channel = waiting.Channel,
            Products = [],
        };
        Do(turn, dispatched);
        turn.Dispatched = dispatched;
        // Nothing that a stranger wrote goes into it: the address, and a topic of the shop's own.
        return (
            turn,
            new MessageDraft(waiting.Message, waiting.Playbook, OptIn.TopicOf(waiting.Occasion), address, null, null, [], [], [])
            {
                Name = long.TryParse(waiting.Occasion.Split(':')[1], out var name) ? name : 0,
            }
        );
    }
}

/// <summary>The address of a customer at some time.</summary>
/// <param name="Text">As it was written; null where there was none.</param>
/// <param name="IsTheirs">The shop's server told it, or its owner confirmed a subscription of this customer.</param>
public readonly record struct KnownAddress(string? Text, bool IsTheirs)
{
    public static KnownAddress Of(CustomerState state) =>
        state.Profile is { } profile ? new(profile.Email, profile.IsEmailTold || profile.IsEmailConfirmed) : default;
}

/// <summary>The wish to ask an address for a confirmation.</summary>
/// <param name="Address">Where the question goes.</param>
/// <param name="Occasion">Topic, name it was asked under (0 for none), and message id of the subscription.</param>
/// <param name="Request">What the address is asked.</param>
public sealed record OptIn(string Address, string Occasion, OptInRequest Request)
{
    public string Topic => Request.Topic;

    public static string TopicOf(string occasion) => occasion.Split(':')[0];
}

using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Keys;
using Personalization.Limits;
using Personalization.Problems;
using Personalization.Quarantine;

namespace Personalization.Tracking;

/// <summary>From calls that were read and checked to events that a customer has taken in: names and products get numbers on the way.</summary>
public sealed partial class TrackingIntake(
    IdentityResolver identity,
    CatalogueService catalogue,
    IGrainFactory grains,
    CurrentShop shop,
    CatalogueSettings products,
    ClaimedProducts claimed,
    Crowds crowds,
    CarriedIds carried,
    LimitSettings limits,
    LimitAlarm alarm,
    ILogger<TrackingIntake> log
) : IDisposable
{
    readonly ToldGroup _told = new(catalogue, claimed);

    /// <summary>What a call's word makes of a product that is new.</summary>
    ProductStanding StandingOf(IncomingCall call) =>
        call.Trust != Trust.Claimed && products.FromEvents == ProductTellers.Trusted
            ? ProductStanding.Named
            : ProductStanding.Claimed;

    /// <summary>Takes in one call; durable when it returns.</summary>
    public async ValueTask<Recorded> TakeAsync(
        IncomingCall call,
        long receivedAt,
        Include include = Include.Nothing,
        RecommendationQuery? query = null,
        CancellationToken cancel = default
    )
    {
        if (!PrivacyLimits.Limit(call))
            return Nothing;
        claimed.Admit(call);
        var (who, tracked) = await PrepareAsync(call, receivedAt, cancel);
        var recorded = await grains
            .Customer(who.Customer)
            .RecordAsync(
                new RecordRequest([tracked])
                {
                    Include = include,
                    Recommendations = query,
                    IsNewCustomer = who.IsNew,
                    ClaimedPerDay = limits.EventsPerVisitor,
                }
            );
        if (recorded.BeyondDay.Length > 0)
            alarm.Raise(LimitKind.EventsPerVisitor);
        return recorded;
    }

    /// <summary>
    /// Takes in a batch: each customer's calls in the order of the batch and in one turn; different customers side by side. A
    /// customer that cannot be loaded costs its own items, which are added to <paramref name="errors"/>.
    /// </summary>
    public async ValueTask TakeAsync(
        IReadOnlyList<IncomingCall> batch,
        long receivedAt,
        List<ItemProblem> errors,
        CancellationToken cancel = default
    )
    {
        batch = Kept(batch);
        var turns = new Dictionary<long, CustomerCalls>();
        foreach (var call in batch)
            claimed.Admit(call);
        await PrefetchAsync(batch, cancel);
        foreach (var call in batch)
        {
            // Who a call is about depends on the calls before it: an identify in the batch joins what comes after.
            if (
                call.UserId is { } user
                && (call.AnonymousId ?? call.PreviousId) is { } other
                && !identity.AreOne(user, other, call.Trust)
            )
                await FlushAsync(turns, errors);
            Identified who;
            Tracked tracked;
            try
            {
                (who, tracked) = await PrepareAsync(call, receivedAt, cancel);
            }
            catch (Exception failed) when (!failed.IsOutage())
            {
                Log.NotRecorded(log, 0, failed);
                errors.Add(Lost(call.Index));
                continue;
            }
            if (!turns.TryGetValue(who.Customer, out var calls))
                turns[who.Customer] = calls = new CustomerCalls(who.IsNew);
            calls.Events.Add(tracked);
            calls.IsTimed.Add(call.OriginalTimestamp is not null);
            calls.Indices.Add(call.Index);
        }
        await FlushAsync(turns, errors);
    }

    /// <summary>What is acknowledged and not kept.</summary>
    static readonly Recorded Nothing = new(0, 0, null);

    static IReadOnlyList<IncomingCall> Kept(IReadOnlyList<IncomingCall> batch)
    {
        for (var i = 0; i < batch.Count; i++)
            if (batch[i].Tracking != TrackingLevel.Full)
                return [.. batch.Where(PrivacyLimits.Limit)];
        return batch;
    }

    /// <summary>Makes what the calls name for the first time known in a few writes, where one by one would wait for the disk each time.</summary>
    async ValueTask PrefetchAsync(IReadOnlyList<IncomingCall> calls, CancellationToken cancel)
    {
        // Names that also stand beside another come to be in their order: which customer they open depends on it.
        var paired = new HashSet<(NameKind, string)>();
        foreach (var call in calls)
            if (call is { UserId: { } user } && (call.AnonymousId ?? call.PreviousId) is { } other)
                paired.UnionWith([(UserKind(call), user), (NameKind.Anonymous, other)]);
        await identity.PrefetchAsync(
            calls.Select(OnlyName).OfType<(NameKind, string)>().Where(name => !paired.Contains(name)),
            cancel
        );
        foreach (var standing in calls.Where(call => call.Lines.Length > 0).GroupBy(StandingOf))
            await catalogue.NumbersAsync(
                [.. standing.SelectMany(call => call.Lines).Select(line => line.ProductId).Distinct()],
                standing.Key,
                cancel
            );
        await _told.FillAsync([.. calls.Where(call => StandingOf(call) == ProductStanding.Named)], cancel);
    }

    static (NameKind, string)? OnlyName(IncomingCall call) =>
        (call.UserId, call.AnonymousId ?? call.PreviousId) switch
        {
            ({ } user, null) => (UserKind(call), user),
            (null, { } anonymous) => (NameKind.Anonymous, anonymous),
            _ => null,
        };

    static NameKind UserKind(IncomingCall call) => call.Trust == Trust.Claimed ? NameKind.Claimed : NameKind.User;

    /// <summary>A customer's events of a batch, and which of them came with a time of their own.</summary>
    sealed record CustomerCalls(bool IsNew)
    {
        public List<Tracked> Events { get; } = [];
        public List<bool> IsTimed { get; } = [];

        /// <summary>Where they stand in the batch.</summary>
        public List<int> Indices { get; } = [];

        /// <summary>Events without a time happened in the order of the batch, the last of them now.</summary>
        public Tracked[] InOrder()
        {
            for (var i = 0; i < Events.Count - 1; i++)
                if (!IsTimed[i])
                    Events[i] = Events[i] with { Time = Events[i].Time - (Events.Count - 1 - i) };
            return [.. Events];
        }
    }

    async ValueTask FlushAsync(Dictionary<long, CustomerCalls> turns, List<ItemProblem> errors)
    {
        if (turns.Count == 0)
            return;
        var recording = new List<Task<Recorded>>(turns.Count);
        foreach (var (customer, calls) in turns)
        {
            var request = new RecordRequest(calls.InOrder())
            {
                IsNewCustomer = calls.IsNew,
                ClaimedPerDay = limits.EventsPerVisitor,
            };
            recording.Add(grains.Customer(customer).RecordAsync(request).AsTask());
        }
        // All have ended before the first failure is looked at: none goes on behind an answer.
        await ((Task)Task.WhenAll(recording)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var ((customer, calls), recorded) in turns.Zip(recording))
            try
            {
                foreach (var beyond in (await recorded).BeyondDay)
                {
                    alarm.Raise(LimitKind.EventsPerVisitor);
                    errors.Add(BeyondDay(calls.Indices[beyond]));
                }
            }
            catch (CustomerErasedException)
            {
                errors.AddRange(calls.Indices.Select(Erased));
            }
            catch (Exception failed) when (!failed.IsOutage())
            {
                Log.NotRecorded(log, customer, failed);
                errors.AddRange(calls.Indices.Select(Lost));
            }
        turns.Clear();
    }

    static ItemProblem Lost(int index) =>
        new(
            index,
            null,
            "The history of this item's customer cannot be used; the error has been logged.",
            "Send the item again later; GET /v1/quarantine may tell more. The other items are not concerned."
        );

    static ItemProblem BeyondDay(int index) =>
        new(
            index,
            null,
            "This visitor has sent too many events today.",
            "Send the item tomorrow, or with a user token or the secret key. The other items are not concerned."
        );

    static ItemProblem Erased(int index) =>
        new(index, null, "This customer was erased meanwhile.", "Send the item again; it will create a new customer.");

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Items of a batch could not be recorded for customer {Customer} (0: not known)."
        )]
        public static partial void NotRecorded(ILogger log, long customer, Exception failed);
    }

    async ValueTask<(Identified Who, Tracked Event)> PrepareAsync(IncomingCall call, long receivedAt, CancellationToken cancel)
    {
        var who = await identity.ResolveAsync(
            call.UserId,
            call.AnonymousId ?? (call.PreviousId == call.UserId ? null : call.PreviousId),
            call.Trust,
            cancel
        );
        var numbers = await NumbersAsync(call, cancel);
        await carried.ReadAsync(call, numbers, who.Customer, receivedAt);
        if (call.Lines.Length > 0 && StandingOf(call) == ProductStanding.Named)
            await _told.FillAsync([call], cancel);
        if (who.Name.Kind != NameKind.Anonymous)
            call.Marks |= EventMarks.UnderUserId;
        if (who.IsUnproved && call.Kind == EventKind.Identified)
            call.Personal = (call.Personal ?? new PersonalPart()) with { Claims = call.UserId };
        if (call.Trust == Trust.Claimed)
            call.Marks |= EventMarks.Claimed;
        else if (call.Trust == Trust.Signed)
            call.Marks |= EventMarks.Signed;
        call.Crowd = crowds.Of(call);
        // Without an id of the sender's, a call that is made again when its silo is lost would count twice.
        if (call.Message == 0)
            call.Message = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        var tracked = TrackedFactory.Create(
            call,
            who.Name.Number,
            who.Linked?.Number ?? 0,
            numbers,
            shop.Current.Shop,
            receivedAt
        );
        return (who, tracked);
    }

    ValueTask<int[]> NumbersAsync(IncomingCall call, CancellationToken cancel)
    {
        if (call.Lines.Length == 0)
            return new ValueTask<int[]>([]);
        var ids = new string[call.Lines.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = call.Lines[i].ProductId;
        return catalogue.NumbersAsync(ids, StandingOf(call), cancel);
    }

    public void Dispose() => _told.Dispose();
}

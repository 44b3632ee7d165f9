using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Tracking;

/// <summary>From calls that were read and checked to events that a customer has taken in: names and products get numbers on the way.</summary>
public sealed class TrackingIntake(IdentityResolver identity, CatalogueService catalogue, ICustomers customers, ShopWorld shop)
    : IDisposable
{
    readonly ToldGroup told = new(catalogue);

    /// <summary>Takes in one call; durable when it returns.</summary>
    public async ValueTask<Recorded> TakeAsync(
        IncomingCall call,
        long receivedAt,
        Include include = Include.Nothing,
        RecommendationQuery? query = null,
        CancellationToken cancel = default
    )
    {
        var (customer, tracked) = await PrepareAsync(call, receivedAt, cancel);
        return await customers.RecordAsync(
            customer,
            new RecordRequest([tracked]) { Include = include, Recommendations = query },
            cancel
        );
    }

    /// <summary>Takes in a batch: each customer's calls in the order of the batch and in one turn; different customers side by side.</summary>
    public async ValueTask TakeAsync(IReadOnlyList<IncomingCall> calls, long receivedAt, CancellationToken cancel = default)
    {
        var turns = new List<(long Customer, List<(Tracked Event, bool Timed)> Calls)>();
        var byCustomer = new Dictionary<long, int>();
        await ForeseeAsync(calls, cancel);
        foreach (var call in calls)
        {
            // Who a call is about depends on the calls before it: an identify in the batch joins what comes after.
            if (call.UserId is { } user && (call.AnonymousId ?? call.PreviousId) is { } other && !identity.AreOne(user, other))
                await FlushAsync(turns, byCustomer, cancel);
            var (customer, tracked) = await PrepareAsync(call, receivedAt, cancel);
            if (!byCustomer.TryGetValue(customer, out var at))
            {
                byCustomer[customer] = at = turns.Count;
                turns.Add((customer, []));
            }
            turns[at].Calls.Add((tracked, call.OriginalTimestamp is not null));
        }
        await FlushAsync(turns, byCustomer, cancel);
    }

    /// <summary>Makes what the calls name for the first time known in a few writes, where one by one would wait for the disk each time.</summary>
    async ValueTask ForeseeAsync(IReadOnlyList<IncomingCall> calls, CancellationToken cancel)
    {
        // Names that also stand beside another come to be in their order: which customer they open depends on it.
        var paired = new HashSet<(NameKind, string)>();
        foreach (var call in calls)
            if (call is { UserId: { } user } && (call.AnonymousId ?? call.PreviousId) is { } other)
                paired.UnionWith([(NameKind.User, user), (NameKind.Anonymous, other)]);
        await identity.ForeseeAsync(
            calls.Select(OnlyName).OfType<(NameKind, string)>().Where(name => !paired.Contains(name)),
            cancel
        );
        await catalogue.NumbersAsync([.. calls.SelectMany(call => call.Lines).Select(line => line.ProductId).Distinct()], cancel);
        await told.FillAsync(calls, cancel);
    }

    static (NameKind, string)? OnlyName(IncomingCall call) =>
        (call.UserId, call.AnonymousId ?? call.PreviousId) switch
        {
            ({ } user, null) => (NameKind.User, user),
            (null, { } anonymous) => (NameKind.Anonymous, anonymous),
            _ => null,
        };

    /// <summary>A customer's calls without a time of their own happened in the order of the batch, the last of them now.</summary>
    static void Spread(List<(Tracked Event, bool Timed)> calls)
    {
        for (var i = 0; i < calls.Count - 1; i++)
            if (!calls[i].Timed)
                calls[i] = (calls[i].Event with { Time = calls[i].Event.Time - (calls.Count - 1 - i) }, false);
    }

    async ValueTask FlushAsync(
        List<(long Customer, List<(Tracked Event, bool Timed)> Calls)> turns,
        Dictionary<long, int> byCustomer,
        CancellationToken cancel
    )
    {
        if (turns.Count == 0)
            return;
        var recording = new Task[turns.Count];
        for (var i = 0; i < recording.Length; i++)
        {
            Spread(turns[i].Calls);
            recording[i] = customers
                .RecordAsync(turns[i].Customer, new RecordRequest(turns[i].Calls.ConvertAll(call => call.Event)), cancel)
                .AsTask();
        }
        await Task.WhenAll(recording);
        turns.Clear();
        byCustomer.Clear();
    }

    async ValueTask<(long Customer, Tracked Event)> PrepareAsync(IncomingCall call, long receivedAt, CancellationToken cancel)
    {
        var who = await identity.ResolveAsync(
            call.UserId,
            call.AnonymousId ?? (call.PreviousId == call.UserId ? null : call.PreviousId),
            cancel
        );
        var products = await NumbersAsync(call, cancel);
        if (call.Lines.Length > 0)
            await told.FillAsync([call], cancel);
        if (call.UserId is not null)
            call.Marks |= EventMarks.UnderUserId;
        var tracked = TrackedFactory.Create(
            call,
            who.Name.Number,
            who.Linked?.Number ?? 0,
            products,
            shop.Current.Shop,
            receivedAt
        );
        return (who.Customer, tracked);
    }

    ValueTask<int[]> NumbersAsync(IncomingCall call, CancellationToken cancel)
    {
        if (call.Lines.Length == 0)
            return new ValueTask<int[]>([]);
        var ids = new string[call.Lines.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = call.Lines[i].ProductId;
        return catalogue.NumbersAsync(ids, cancel);
    }

    public void Dispose() => told.Dispose();
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Identity;

/// <summary>Who a call is about: the customer, and the names it came under. <see cref="Linked"/> is null where the call has one name.</summary>
public readonly record struct Identified(long Customer, BoundName Name, BoundName? Linked)
{
    /// <summary>The customer was made by this call: there is no history to read.</summary>
    public bool IsNew { get; init; }
}

/// <summary>Runs the turn in which a customer absorbs another: by its grain, or in an import that has the shop to itself.</summary>
public delegate ValueTask<MergeOutcome> MergeCustomers(long source, long target, string? by);

/// <summary>
/// From the names that a call carries to a customer, joining an anonymous history to the user it turns out to be, and
/// never joining two known people. See docs/identity.md.
/// </summary>
public sealed class IdentityResolver(IStore store, MergeCustomers merge, ShopClock time, NameCache cache)
{
    /// <summary>Names change hands while a call is looked at only when other calls of the same person arrive; more tries than this are a fault.</summary>
    const int MaxTries = 20;

    public async ValueTask<Identified> ResolveAsync(string? userId, string? anonymousId, CancellationToken cancel = default)
    {
        if (userId is null)
            return await OneAsync(NameKind.Anonymous, anonymousId!, cancel);
        if (anonymousId is null)
            return await OneAsync(NameKind.User, userId, cancel);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var user = await FindAsync(NameKind.User, userId, cancel);
            var anonymous = await FindAsync(NameKind.Anonymous, anonymousId, cancel);
            if (user is null || anonymous is null)
            {
                await ClaimMissingAsync(userId, anonymousId, user, anonymous, cancel);
                continue;
            }
            if (user.Customer == anonymous.Customer)
                return new Identified(user.Customer, user, anonymous);
            if (await IsKnownAsync(anonymous.Customer, cancel))
                await RebindAsync(anonymous, user.Customer, cancel);
            else
                await MergeAsync(anonymous.Customer, user.Customer, null, cancel);
            cache.Forget(user);
            cache.Forget(anonymous);
        }
        throw new StoreUnavailableException("The names of this call kept changing hands; send it again.");
    }

    /// <summary>
    /// Finds, or creates, many names that stand alone in their calls, with one look and one commit; resolving them afterwards
    /// needs neither.
    /// </summary>
    public async ValueTask PrefetchAsync(IEnumerable<(NameKind Kind, string Value)> names, CancellationToken cancel = default)
    {
        List<NameClaim>? claims = null;
        foreach (var (kind, value) in names)
            if (cache.Find(kind, value) is null)
                (claims ??= []).Add(new NameClaim(kind, value, NewCustomer(), Now));
        if (claims is not null)
            await ClaimAsync(claims, cancel);
    }

    /// <summary>Whether the two names are known already to be one customer's, so that a call with both changes nothing.</summary>
    public bool AreOne(string userId, string anonymousId) =>
        cache.Find(NameKind.User, userId) is { } user
        && cache.Find(NameKind.Anonymous, anonymousId) is { } anonymous
        && user.Customer == anonymous.Customer;

    /// <summary>The customer a name points to, or null; never creates one.</summary>
    public async ValueTask<long?> FindCustomerAsync(string? userId, string? anonymousId, CancellationToken cancel = default)
    {
        if (userId is not null && await FindAsync(NameKind.User, userId, cancel) is { } user)
            return user.Customer;
        return anonymousId is not null && await FindAsync(NameKind.Anonymous, anonymousId, cancel) is { } anonymous
            ? anonymous.Customer
            : null;
    }

    /// <summary>Joins two customers and forgets what the cache knew of their names.</summary>
    public async ValueTask<MergeOutcome> MergeAsync(long source, long target, string? by, CancellationToken cancel = default)
    {
        var names = await store.NamesOfAsync([source], cancel);
        var outcome = await merge(source, target, by);
        foreach (var name in names)
            cache.Forget(name);
        return outcome;
    }

    /// <summary>A customer number nobody can guess or count: random, positive, 62 bits.</summary>
    public static long NewCustomer() =>
        BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & 0x3fff_ffff_ffff_ffff | 1L << 61;

    async ValueTask<Identified> OneAsync(NameKind kind, string value, CancellationToken cancel)
    {
        var name = await FindAsync(kind, value, cancel)
            ?? (await ClaimAsync([new NameClaim(kind, value, NewCustomer(), Now)], cancel))[0];
        return new Identified(name.Customer, name, null) { IsNew = cache.TakeNew(name) };
    }

    /// <summary>
    /// Creates the names that are missing. A user id that is new while the anonymous id is not gets a customer of its own: the
    /// anonymous history then comes to it by a join, under both versions, so that of two users who claim it at the same
    /// moment only one gets it.
    /// </summary>
    async ValueTask ClaimMissingAsync(
        string userId,
        string anonymousId,
        BoundName? user,
        BoundName? anonymous,
        CancellationToken cancel
    )
    {
        var customer = user?.Customer ?? NewCustomer();
        var claims = new List<NameClaim>(2);
        if (user is null)
            claims.Add(new NameClaim(NameKind.User, userId, customer, Now));
        if (anonymous is null)
            claims.Add(new NameClaim(NameKind.Anonymous, anonymousId, customer, Now));
        await ClaimAsync(claims, cancel);
    }

    async ValueTask<IReadOnlyList<BoundName>> ClaimAsync(IReadOnlyList<NameClaim> claims, CancellationToken cancel)
    {
        var names = await store.ClaimNamesAsync(claims, cancel);
        for (var i = 0; i < names.Count; i++)
            cache.Keep(names[i], isNew: names[i].Customer == claims[i].Customer);
        return names;
    }

    async ValueTask<BoundName?> FindAsync(NameKind kind, string value, CancellationToken cancel)
    {
        if (cache.Find(kind, value) is { } known)
            return known;
        var found = await store.FindNameAsync(kind, value, cancel);
        if (found is not null)
            cache.Keep(found);
        return found;
    }

    async ValueTask<bool> IsKnownAsync(long customer, CancellationToken cancel) =>
        (await store.NamesOfAsync([customer], cancel)).Any(name => name.Kind == NameKind.User);

    /// <summary>A shared device: from now on what comes under the anonymous id is the other user's; what came before stays.</summary>
    async ValueTask RebindAsync(BoundName anonymous, long customer, CancellationToken cancel) =>
        await store.CommitAsync(
            new Commit { Turns = [], Names = [new NameMove(anonymous.Number, anonymous.Customer, customer, Now)] },
            cancel
        );

    long Now => time.Now;
}

/// <summary>
/// Names seen lately. Where this process is the only writer an entry holds until a join, a split or an erasure; where others
/// write too, for a second.
/// </summary>
public sealed class NameCache(ShopClock time, bool shared)
{
    const int Bound = 400_000;
    static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<(NameKind, string), (BoundName Name, long At, bool IsNew)> _names = new();

    /// <summary>About how many there are: the dictionary's own count takes all of its locks.</summary>
    int _kept;

    public BoundName? Find(NameKind kind, string value) =>
        _names.TryGetValue((kind, value), out var entry) && (!shared || time.GetElapsedTime(entry.At) < SharedFor)
            ? entry.Name
            : null;

    /// <param name="name">A name as the database has it.</param>
    /// <param name="isNew">Its customer was made with it, and has no history.</param>
    public void Keep(BoundName name, bool isNew = false)
    {
        var entry = (name, shared ? time.GetTimestamp() : 0, isNew);
        if (!_names.TryAdd((name.Kind, name.Value), entry))
        {
            _names[(name.Kind, name.Value)] = entry;
            return;
        }
        if (Interlocked.Increment(ref _kept) <= Bound)
            return;
        _names.Clear();
        Volatile.Write(ref _kept, 0);
    }

    /// <summary>Whether the name's customer was made here and has not been used since; true once.</summary>
    public bool TakeNew(BoundName name)
    {
        if (!_names.TryGetValue((name.Kind, name.Value), out var entry) || !entry.IsNew)
            return false;
        return _names.TryUpdate((name.Kind, name.Value), entry with { IsNew = false }, entry);
    }

    public void Forget(BoundName name)
    {
        if (_names.TryRemove((name.Kind, name.Value), out _))
            Interlocked.Decrement(ref _kept);
    }

    /// <summary>Forgets all names of a customer: after an erasure.</summary>
    public void Forget(long customer)
    {
        foreach (var (_, entry) in _names)
            if (entry.Name.Customer == customer)
                Forget(entry.Name);
    }
}

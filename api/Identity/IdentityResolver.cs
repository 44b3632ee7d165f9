using System.Collections.Concurrent;
using System.Security.Cryptography;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Shop;

namespace Personalization.Identity;

/// <summary>Who a call is about: the customer, and the names it came under. <see cref="Linked"/> is null where the call has one name.</summary>
public readonly record struct Identified(long Customer, BoundName Name, BoundName? Linked)
{
    /// <summary>The customer was made by this call: there is no history to read.</summary>
    public bool IsNew { get; init; }

    /// <summary>The call says that its visitor is a user whom it cannot speak for: kept, and without effect until it is proved.</summary>
    public bool IsUnproved { get; init; }
}

/// <summary>
/// Runs the turn in which a customer absorbs another: by its grain, or in an import that has the shop to itself. Either a person
/// decided it (<paramref name="by"/>), or a call identified a visitor (<paramref name="join"/>).
/// </summary>
public delegate ValueTask<MergeOutcome> MergeCustomers(long source, long target, string? by, Join? join);

/// <summary>
/// From the names that a call carries to a customer, joining an anonymous history to the user it turns out to be, and
/// never joining two known people. What only the public key says joins nobody to a proved person. See docs/identity.md.
/// </summary>
public sealed class IdentityResolver(IStore store, MergeCustomers merge, ShopClock time, NameCache cache)
{
    /// <summary>Names change hands while a call is looked at only when other calls of the same person arrive; more tries than this are a fault.</summary>
    const int MaxTries = 20;

    /// <summary>Finds, or creates, the customer of a call.</summary>
    public async ValueTask<Identified> ResolveAsync(
        string? userId,
        string? anonymousId,
        Trust trust,
        CancellationToken cancel = default
    )
    {
        if (userId is null)
            return await OneAsync(NameKind.Anonymous, anonymousId!, cancel);
        if (anonymousId is null)
            return trust == Trust.Claimed
                ? Alone(await ClaimedAsync(userId, cancel))
                : await OneAsync(NameKind.User, userId, cancel);
        if (KnownTogether(userId, anonymousId, trust) is { } known)
            return known;
        for (var tries = 0; tries < MaxTries; tries++)
            if (
                await (
                    trust == Trust.Claimed
                        ? TryClaimAsync(userId, anonymousId, cancel)
                        : TryProveAsync(userId, anonymousId, cancel)
                ) is
                { } who
            )
                return who;
        throw ChangingHands();
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
    public bool AreOne(string userId, string anonymousId, Trust trust) => KnownTogether(userId, anonymousId, trust) is not null;

    /// <summary>The customer a name points to, or null; never creates one. Of a user id the proved customer comes first.</summary>
    public async ValueTask<long?> FindCustomerAsync(string? userId, string? anonymousId, CancellationToken cancel = default)
    {
        if (
            userId is not null
            && (await FindAsync(NameKind.User, userId, cancel) ?? await FindAsync(NameKind.Claimed, userId, cancel)) is { } user
        )
            return user.Customer;
        return anonymousId is not null && await FindAsync(NameKind.Anonymous, anonymousId, cancel) is { } anonymous
            ? anonymous.Customer
            : null;
    }

    /// <summary>The customer of a proved user id, or of an anonymous id; null where there is none. What is only claimed is passed over.</summary>
    public async ValueTask<long?> FindProvedAsync(string? userId, string? anonymousId, CancellationToken cancel = default) =>
        (
            userId is null
                ? await FindAsync(NameKind.Anonymous, anonymousId!, cancel)
                : await FindAsync(NameKind.User, userId, cancel)
        )?.Customer;

    /// <summary>The customer that a call with these names would be recorded for; null where that changes a name or makes one.</summary>
    public async ValueTask<long?> PeekAsync(string? userId, string? anonymousId, Trust trust, CancellationToken cancel = default)
    {
        var anonymous = anonymousId is null ? null : await FindAsync(NameKind.Anonymous, anonymousId, cancel);
        if (userId is null)
            return anonymous?.Customer;
        var user = await FindAsync(NameKind.User, userId, cancel);
        if (trust != Trust.Claimed)
            return anonymousId is null || user?.Customer == anonymous?.Customer ? user?.Customer : null;
        var claimed = await FindAsync(NameKind.Claimed, userId, cancel);
        if (anonymousId is null)
            return claimed is not null && !await IsProvedAsync(claimed, cancel) ? claimed.Customer : null;
        if (anonymous is null)
            return null;
        if (anonymous.Customer == user?.Customer || anonymous.Customer == claimed?.Customer)
            return anonymous.Customer;
        return user is not null && !await IsProvedAsync(anonymous, cancel) ? anonymous.Customer : null;
    }

    /// <summary>Makes the customer of an anonymous id that nobody has used yet; null where somebody has.</summary>
    public async ValueTask<long?> TryCreateAsync(string anonymousId, CancellationToken cancel = default)
    {
        var customer = NewCustomer();
        var name = (await ClaimAsync([new NameClaim(NameKind.Anonymous, anonymousId, customer, Now)], cancel))[0];
        return name.Customer == customer ? customer : null;
    }

    /// <summary>Joins two customers because a person says so, and forgets what the cache knew of their names.</summary>
    public ValueTask<MergeOutcome> MergeAsync(long source, long target, string by, CancellationToken cancel = default) =>
        MergeAsync(source, target, by, null, cancel);

    async ValueTask<MergeOutcome> MergeAsync(long source, long target, string? by, Join? join, CancellationToken cancel)
    {
        var names = await store.NamesOfAsync([source, target], cancel);
        var outcome = await merge(source, target, by, join);
        foreach (var name in names)
            cache.Forget(name);
        return outcome;
    }

    /// <summary>A customer number nobody can guess or count: random, positive, 62 bits.</summary>
    public static long NewCustomer() =>
        BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & 0x3fff_ffff_ffff_ffff | 1L << 61;

    async ValueTask<Identified> OneAsync(NameKind kind, string value, CancellationToken cancel) =>
        Alone(await FindAsync(kind, value, cancel) ?? await NewAsync(kind, value, cancel));

    Identified Alone(BoundName name) => new(name.Customer, name, null) { IsNew = cache.TakeNew(name) };

    Identified? KnownTogether(string userId, string anonymousId, Trust trust)
    {
        if (cache.Find(NameKind.Anonymous, anonymousId) is not { } anonymous)
            return null;
        if (cache.Find(NameKind.User, userId) is { } user && user.Customer == anonymous.Customer)
            return new Identified(user.Customer, user, anonymous);
        return
            trust == Trust.Claimed
            && cache.Find(NameKind.Claimed, userId) is { } claimed
            && claimed.Customer == anonymous.Customer
            ? new Identified(claimed.Customer, claimed, anonymous)
            : null;
    }

    /// <summary>The shop vouches for the user id. Null where the names changed hands, or have done so now: look again.</summary>
    async ValueTask<Identified?> TryProveAsync(string userId, string anonymousId, CancellationToken cancel)
    {
        var user = await FindAsync(NameKind.User, userId, cancel);
        var anonymous = await FindAsync(NameKind.Anonymous, anonymousId, cancel);
        if (user is null || anonymous is null)
        {
            await ClaimMissingAsync(NameKind.User, userId, anonymousId, user, anonymous, cancel);
            return null;
        }
        if (user.Customer == anonymous.Customer)
            return new Identified(user.Customer, user, anonymous);
        var names = await store.NamesOfAsync([anonymous.Customer], cancel);
        // A history that other claims have joined is not all this person's: a stranger may have joined theirs.
        if (names.All(name => name.Number == anonymous.Number || (name.Kind == NameKind.Claimed && name.Value == userId)))
            await JoinAsync(anonymous.Customer, user.Customer, new Join(NumbersOf(names), IsClaimed: false), cancel);
        else
            await MoveAsync(anonymous, user.Customer, [], cancel);
        cache.Forget(user);
        cache.Forget(anonymous);
        return null;
    }

    /// <summary>
    /// Nobody vouches for the user id: the visitor joins what was claimed for it before, and no proved person. Null: look again.
    /// </summary>
    async ValueTask<Identified?> TryClaimAsync(string userId, string anonymousId, CancellationToken cancel)
    {
        var anonymous = await FindAsync(NameKind.Anonymous, anonymousId, cancel);
        var isNew = anonymous is null;
        if (await FindAsync(NameKind.User, userId, cancel) is { } user)
        {
            anonymous ??= await NewAsync(NameKind.Anonymous, anonymousId, cancel);
            if (anonymous.Customer == user.Customer)
                return new Identified(user.Customer, user, anonymous);
            return await IsProvedAsync(anonymous, cancel)
                ? Alone(await ClaimedAsync(userId, cancel))
                : Alone(anonymous) with
                {
                    IsUnproved = true,
                };
        }
        if (anonymous is null && await FindAsync(NameKind.Claimed, userId, cancel) is null)
        {
            await ClaimMissingAsync(NameKind.Claimed, userId, anonymousId, null, null, cancel);
            return null;
        }
        anonymous ??= await NewAsync(NameKind.Anonymous, anonymousId, cancel);
        var claimed = await ClaimedAsync(userId, cancel);
        if (claimed.Customer == anonymous.Customer)
            return new Identified(claimed.Customer, claimed, anonymous);
        if (await IsProvedAsync(anonymous, cancel))
            return Alone(claimed);
        var names = await store.NamesOfAsync([anonymous.Customer], cancel);
        if (isNew || names.Any(name => name.Kind != NameKind.Anonymous))
            await MoveAsync(anonymous, claimed.Customer, [claimed], cancel);
        else
            await JoinAsync(anonymous.Customer, claimed.Customer, new Join(NumbersOf(names), IsClaimed: true), cancel);
        cache.Forget(claimed);
        cache.Forget(anonymous);
        return null;
    }

    static long[] NumbersOf(IReadOnlyList<BoundName> names) => [.. names.Select(name => name.Number)];

    /// <summary>
    /// The user id as claimed, found or created. Where a merge has brought it to a proved person, it leaves: what comes under it from
    /// now on is nobody's.
    /// </summary>
    async ValueTask<BoundName> ClaimedAsync(string userId, CancellationToken cancel)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var claimed = await FindAsync(NameKind.Claimed, userId, cancel) ?? await NewAsync(NameKind.Claimed, userId, cancel);
            if (!await IsProvedAsync(claimed, cancel))
                return claimed;
            await MoveAsync(claimed, NewCustomer(), [], cancel);
            cache.Forget(claimed);
        }
        throw ChangingHands();
    }

    static StoreUnavailableException ChangingHands() => new("The names of this call kept changing hands; send it again.");

    /// <summary>
    /// Creates the names that are missing. A user id that is new while the anonymous id is not gets a customer of its own: the
    /// anonymous history then comes to it by a join, under both versions, so that of two users who claim it at the same
    /// moment only one gets it.
    /// </summary>
    async ValueTask ClaimMissingAsync(
        NameKind kind,
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
            claims.Add(new NameClaim(kind, userId, customer, Now));
        if (anonymous is null)
            claims.Add(new NameClaim(NameKind.Anonymous, anonymousId, customer, Now));
        await ClaimAsync(claims, cancel);
    }

    async ValueTask<BoundName> NewAsync(NameKind kind, string value, CancellationToken cancel) =>
        (await ClaimAsync([new NameClaim(kind, value, NewCustomer(), Now)], cancel))[0];

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

    /// <summary>Whether the name's customer is a person whom the shop has named.</summary>
    async ValueTask<bool> IsProvedAsync(BoundName name, CancellationToken cancel)
    {
        if (cache.IsProved(name) is { } known)
            return known;
        var proved = (await store.NamesOfAsync([name.Customer], cancel)).Any(other => other.Kind == NameKind.User);
        cache.KeepProved(name, proved);
        return proved;
    }

    async ValueTask JoinAsync(long source, long target, Join join, CancellationToken cancel)
    {
        if (await MergeAsync(source, target, null, join, cancel) != MergeOutcome.Merged)
            return;
        // A name that was moved to the source while it was joined would follow it: it did not belong to what was joined.
        foreach (var late in await store.NamesOfAsync([source], cancel))
            await MoveAsync(late, NewCustomer(), [], cancel);
    }

    /// <summary>
    /// A shared device: from now on what comes under the name is another's; what came before stays. Nothing moves unless the names
    /// of <paramref name="while"/> are still where they were.
    /// </summary>
    async ValueTask MoveAsync(BoundName name, long customer, IReadOnlyList<BoundName> @while, CancellationToken cancel)
    {
        await store.CommitAsync(
            new Commit
            {
                Turns = [],
                Names =
                [
                    new NameMove(name.Number, name.Customer, customer, Now),
                    .. @while.Select(other => new NameMove(other.Number, other.Customer, other.Customer, other.Since)),
                ],
            },
            cancel
        );
        cache.Forget(name);
    }

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

    readonly ConcurrentDictionary<(NameKind, string), Entry> _names = new();

    /// <param name="IsProved">Whether the customer has a proved user id; null where nobody has looked yet.</param>
    readonly record struct Entry(BoundName Name, long At, bool IsNew, bool? IsProved);

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
        var entry = new Entry(name, shared ? time.GetTimestamp() : 0, isNew, name.Kind == NameKind.User ? true : null);
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

    /// <summary>What is known of whether the name's customer has a proved user id.</summary>
    public bool? IsProved(BoundName name) =>
        _names.TryGetValue((name.Kind, name.Value), out var entry) && entry.Name == name ? entry.IsProved : null;

    public void KeepProved(BoundName name, bool isProved)
    {
        if (_names.TryGetValue((name.Kind, name.Value), out var entry) && entry.Name == name)
            _names.TryUpdate((name.Kind, name.Value), entry with { IsProved = isProved }, entry);
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

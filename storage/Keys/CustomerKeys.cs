using System.Security.Cryptography;

namespace Personalization.Storage.Keys;

/// <summary>
/// The customers' own keys: 256 random bits each, kept wrapped by the master key. Destroying one makes what it sealed
/// unreadable wherever copies of it are; a destroyed key is never made again.
/// </summary>
abstract class CustomerKeys(MasterKey master, TimeSpan lifetime, TimeProvider time)
{
    const int CacheCapacity = 65_536;
    readonly KeyCache cache = new(CacheCapacity, lifetime, time);

    /// <summary>The wrapped keys of those customers that have one (null: destroyed); the missing ones are made of <paramref name="fresh"/>, durably, unless another was quicker.</summary>
    protected abstract ValueTask<IReadOnlyList<(long Customer, byte[]? Wrapped)>> LoadAsync(
        IReadOnlyList<long> customers, Func<long, byte[]>? fresh, CancellationToken cancel);

    /// <summary>Destroys the keys durably and keeps a mark in their place; returns how many there were.</summary>
    protected abstract ValueTask<long> RemoveAsync(IReadOnlyList<long> customers, CancellationToken cancel);

    /// <summary>The turns' personal parts, sealed, by their index; null where none has any. Empty where the customer's key was destroyed.</summary>
    public async ValueTask<byte[][]?> SealTurnsAsync(IReadOnlyList<TurnEntry> turns, CancellationToken cancel)
    {
        byte[][]? personal = null;
        if (turns.Count > 1)
            await PrepareAsync(turns.Where(turn => !turn.Personal.IsEmpty).Select(turn => turn.Customer), create: true, cancel);
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Personal.IsEmpty) continue;
            personal ??= new byte[turns.Count][];
            personal[i] = await SealAsync(Purpose.Personal, turns[i].Customer, turns[i].Version, turns[i].Personal, cancel);
        }
        return personal;
    }

    /// <summary>Opens the personal parts in place.</summary>
    public async ValueTask UnsealEntriesAsync(List<JournalEntry> entries, CancellationToken cancel)
    {
        await PrepareAsync(entries.Where(e => e.Personal.Length > 0).Select(e => e.Customer), create: false, cancel);
        for (var i = 0; i < entries.Count; i++)
        {
            var e = entries[i];
            if (e.Personal.Length == 0) continue;
            entries[i] = e with { Personal = await UnsealAsync(Purpose.Personal, e.Customer, e.Version, e.Personal, cancel) };
        }
    }

    /// <summary>The snapshots sealed, without those of customers whose key was destroyed.</summary>
    public async ValueTask<List<Snapshot>> SealSnapshotsAsync(IReadOnlyList<Snapshot> snapshots, CancellationToken cancel)
    {
        await PrepareAsync(snapshots.Select(snapshot => snapshot.Customer), create: true, cancel);
        var sealedSnapshots = new List<Snapshot>(snapshots.Count);
        foreach (var s in snapshots)
        {
            var body = await SealAsync(Purpose.Snapshot, s.Customer, s.Version, s.Body, cancel);
            if (body.Length > 0) sealedSnapshots.Add(s with { Body = body });
        }
        return sealedSnapshots;
    }

    /// <summary>The snapshot opened; null when its key was destroyed.</summary>
    public async ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel)
    {
        var body = await UnsealAsync(Purpose.Snapshot, snapshot.Customer, snapshot.Version, snapshot.Body, cancel);
        return body.Length == 0 ? null : snapshot with { Body = body };
    }

    async ValueTask<byte[]> SealAsync(Purpose purpose, long customer, int version, ReadOnlyMemory<byte> clear, CancellationToken cancel)
    {
        if (!cache.TryGet(customer, out var key)) key = (await FindAsync([customer], create: true, cancel)).GetValueOrDefault(customer);
        return key is null ? [] : Sealing.Seal(key, purpose, customer, version, clear.Span);
    }

    async ValueTask<byte[]> UnsealAsync(Purpose purpose, long customer, int version, byte[] sealedText, CancellationToken cancel)
    {
        if (!cache.TryGet(customer, out var key)) key = (await FindAsync([customer], create: false, cancel)).GetValueOrDefault(customer);
        return key is null ? [] : Sealing.Unseal(key, purpose, customer, version, sealedText);
    }

    /// <summary>Sees to it that these customers' keys are at hand, with one look into the database for those that are not.</summary>
    async ValueTask PrepareAsync(IEnumerable<long> customers, bool create, CancellationToken cancel)
    {
        List<long>? missing = null;
        foreach (var customer in customers)
            if (!cache.TryGet(customer, out _)) (missing ??= []).Add(customer);
        if (missing is not null) await FindAsync([.. missing.Distinct()], create, cancel);
    }

    public async ValueTask<long> DestroyAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        var removed = await RemoveAsync(customers, cancel);
        cache.Destroy(customers);
        return removed;
    }

    async ValueTask<Dictionary<long, byte[]?>> FindAsync(IReadOnlyList<long> customers, bool create, CancellationToken cancel)
    {
        var destructions = cache.Destructions;
        var found = new Dictionary<long, byte[]?>();
        foreach (var (customer, wrapped) in await LoadAsync(customers, create ? Make : null, cancel))
        {
            var key = wrapped is null ? null : master.Unwrap(customer, wrapped);
            cache.Remember(customer, key, destructions);
            found[customer] = key;
        }
        return found;
    }

    byte[] Make(long customer) => master.Wrap(customer, RandomNumberGenerator.GetBytes(32));
}

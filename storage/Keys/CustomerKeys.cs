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

    /// <summary>Seals one text. The empty text when there is nothing to seal, or the customer's key was destroyed.</summary>
    public async ValueTask<byte[]> SealAsync(
        Purpose purpose, long customer, int version, ReadOnlyMemory<byte> clear, CancellationToken cancel)
    {
        if (clear.IsEmpty) return [];
        if (!cache.TryGet(customer, out var key)) key = (await FindAsync([customer], create: true, cancel)).GetValueOrDefault(customer);
        return key is null ? [] : Sealing.Seal(key, purpose, customer, version, clear.Span);
    }

    /// <summary>Opens one text; empty when there is none, or its key was destroyed.</summary>
    public async ValueTask<byte[]> UnsealAsync(Purpose purpose, long customer, int version, byte[] sealedText, CancellationToken cancel)
    {
        if (sealedText.Length == 0) return [];
        if (!cache.TryGet(customer, out var key)) key = (await FindAsync([customer], create: false, cancel)).GetValueOrDefault(customer);
        return key is null ? [] : Sealing.Unseal(key, purpose, customer, version, sealedText);
    }

    /// <summary>Sees to it that these customers' keys are at hand, with one look into the database for those that are not.</summary>
    public async ValueTask PrepareAsync(IEnumerable<long> customers, bool create, CancellationToken cancel)
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

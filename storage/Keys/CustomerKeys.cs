using System.Security.Cryptography;
using System.Text;
using Personalization.Journal;

namespace Personalization.Storage.Keys;

/// <summary>
/// The customers' own keys: 256 random bits each, kept wrapped by the master key. Destroying one makes what it sealed
/// unreadable wherever copies of it are; a destroyed key is never made again.
/// </summary>
abstract class CustomerKeys(MasterKey master, TimeSpan lifetime, TimeProvider time)
{
    const int CacheCapacity = 65_536,
        KeySize = 32;
    readonly KeyCache _cache = new(CacheCapacity, lifetime, time);

    /// <summary>One at a time makes keys, so that no customer gets two.</summary>
    readonly Lock _making = new();

    /// <summary>The wrapped keys of those customers that have one; null: destroyed.</summary>
    protected abstract ValueTask<IReadOnlyList<(long Customer, byte[]? Wrapped)>> FindAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel
    );

    /// <summary>Makes keys for customers found without one, unless another was quicker.</summary>
    protected abstract ValueTask AddAsync(IReadOnlyList<long> customers, CancellationToken cancel);

    /// <summary>Destroys the keys durably and keeps a mark in their place; returns how many there were.</summary>
    protected abstract ValueTask<long> RemoveAsync(IReadOnlyList<long> customers, CancellationToken cancel);

    /// <summary>
    /// The turns' personal parts, sealed, by their index; null where none has any. Empty where the customer's key was destroyed.
    /// With it what must be on disk before they are.
    /// </summary>
    public async ValueTask<(byte[][]? Personal, Task? Durable)> SealTurnsAsync(
        IReadOnlyList<TurnEntry> turns,
        CancellationToken cancel
    )
    {
        byte[][]? personal = null;
        Task? durable = null;
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Personal.IsEmpty)
                continue;
            personal ??= new byte[turns.Count][];
            var key = await KeyAsync(turns[i].Customer, cancel);
            personal[i] = key.Bytes is null
                ? []
                : Sealing.Seal(key.Bytes, Purpose.Personal, turns[i].Customer, turns[i].Version, turns[i].Personal.Span);
            durable = Both(durable, key.Durable);
        }
        return (personal, durable);
    }

    /// <summary>Opens the personal parts in place.</summary>
    public async ValueTask UnsealEntriesAsync(List<JournalEntry> entries, CancellationToken cancel)
    {
        await PrepareAsync(entries.Where(e => e.Personal.Length > 0).Select(e => e.Customer), create: false, cancel);
        for (var i = 0; i < entries.Count; i++)
        {
            var e = entries[i];
            if (e.Personal.Length == 0)
                continue;
            entries[i] = e with { Personal = await PersonalAsync(e, cancel) };
        }
    }

    /// <summary>What cannot be opened costs what identifies the person, never what they did.</summary>
    async ValueTask<byte[]> PersonalAsync(JournalEntry e, CancellationToken cancel)
    {
        try
        {
            return await UnsealAsync(Purpose.Personal, e.Customer, e.Version, e.Personal, cancel);
        }
        catch (InvalidDataException)
        {
            JournalInstruments.Unreadable();
            return [];
        }
    }

    /// <summary>The snapshot sealed, its key safe on disk; null when the key was destroyed.</summary>
    public async ValueTask<Snapshot?> SealSnapshotAsync(Snapshot snapshot, CancellationToken cancel)
    {
        await PrepareAsync([snapshot.Customer], create: true, cancel);
        var key = await KeyAsync(snapshot.Customer, cancel);
        if (key.Bytes is null)
            return null;
        if (key.Durable is not null)
            await key.Durable;
        return snapshot with
        {
            Body = Sealing.Seal(key.Bytes, Purpose.Snapshot, snapshot.Customer, snapshot.Version, snapshot.Body),
        };
    }

    /// <summary>The snapshot opened; null when its key was destroyed.</summary>
    public async ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel)
    {
        var body = await UnsealAsync(Purpose.Snapshot, snapshot.Customer, snapshot.Version, snapshot.Body, cancel);
        return body.Length == 0 ? null : snapshot with { Body = body };
    }

    /// <summary>
    /// Names, each sealed with its customer's key (empty where that was destroyed), and plain anonymous ids, sealed with
    /// <paramref name="secret"/>. With them what must be on disk before they are.
    /// </summary>
    public async ValueTask<(byte[][] Sealed, Task? Durable)> SealNamesAsync(
        NameSecret secret,
        IReadOnlyList<NameText> names,
        CancellationToken cancel
    )
    {
        await PrepareAsync(
            names.Where(name => !NameSecret.Seals(name.Kind, name.Value)).Select(name => name.Customer),
            create: true,
            cancel
        );
        var texts = new byte[names.Count][];
        Task? durable = null;
        for (var i = 0; i < texts.Length; i++)
        {
            var (customer, kind, value, hash) = names[i];
            if (NameSecret.Seals(kind, value))
            {
                texts[i] = secret.Seal(hash, value);
                continue;
            }
            var key = await KeyAsync(customer, cancel);
            texts[i] = key.Bytes is null ? [] : Sealing.Seal(key.Bytes, Purpose.Name, customer, 0, Encoding.UTF8.GetBytes(value));
            durable = Both(durable, key.Durable);
        }
        return (texts, durable);
    }

    /// <summary>The names opened; empty where one is damaged or its key was destroyed.</summary>
    public async ValueTask<string[]> UnsealNamesAsync(
        NameSecret secret,
        IReadOnlyList<SealedName> names,
        CancellationToken cancel
    )
    {
        await PrepareAsync(
            names.Where(name => !NameSecret.Sealed(name.Sealed)).Select(name => name.Customer),
            create: false,
            cancel
        );
        var values = new string[names.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = await UnsealNameAsync(secret, names[i], cancel);
        return values;
    }

    async ValueTask<string> UnsealNameAsync(NameSecret secret, SealedName name, CancellationToken cancel)
    {
        try
        {
            return name.Sealed.Length == 0 ? ""
                : NameSecret.Sealed(name.Sealed) ? secret.Open(name.Hash, name.Sealed)
                : Encoding.UTF8.GetString(await UnsealAsync(Purpose.Name, name.Customer, 0, name.Sealed, cancel));
        }
        catch (InvalidDataException)
        {
            return "";
        }
    }

    async ValueTask<byte[]> UnsealAsync(Purpose purpose, long customer, int version, byte[] sealedText, CancellationToken cancel)
    {
        var key = _cache.TryGet(customer, out var cached)
            ? cached.Bytes
            : (await LoadAsync([customer], cancel)).GetValueOrDefault(customer);
        return key is null ? [] : Sealing.Unseal(key, purpose, customer, version, sealedText);
    }

    /// <summary>The key to seal with, made where there is none.</summary>
    async ValueTask<CachedKey> KeyAsync(long customer, CancellationToken cancel)
    {
        while (true)
        {
            if (_cache.TryGet(customer, out var key))
                return key with { Durable = key.Durable is { IsCompletedSuccessfully: true } ? null : key.Durable };
            await PrepareAsync([customer], create: true, cancel);
        }
    }

    /// <summary>Sees to it that these customers' keys are at hand, with one look into the database for those that are not.</summary>
    async ValueTask PrepareAsync(IEnumerable<long> customers, bool create, CancellationToken cancel)
    {
        List<long>? missing = null;
        foreach (var customer in customers)
            if (!_cache.TryGet(customer, out _))
                (missing ??= []).Add(customer);
        if (missing is null)
            return;
        missing = [.. missing.Distinct()];
        var found = await LoadAsync(missing, cancel);
        if (!create || found.Count == missing.Count)
            return;
        missing.RemoveAll(found.ContainsKey);
        await AddAsync(missing, cancel);
    }

    public byte[] WrapSetting(string name, ReadOnlySpan<byte> value) => master.WrapSetting(name, value);

    /// <exception cref="StoreUnavailableException">It is damaged, or another setting's.</exception>
    public byte[] UnwrapSetting(string name, ReadOnlySpan<byte> wrapped)
    {
        try
        {
            return master.UnwrapSetting(name, wrapped);
        }
        catch (InvalidDataException damage)
        {
            throw new StoreUnavailableException($"The setting {name} is damaged: {damage.Message}", damage);
        }
    }

    public async ValueTask<long> DestroyAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        var removed = await RemoveAsync(customers, cancel);
        foreach (var customer in customers)
            if (_cache.TryGet(customer, out var key) && key.Bytes is not null)
                Ciphers.Forget(key.Bytes);
        _cache.Destroy(customers);
        return removed;
    }

    async ValueTask<Dictionary<long, byte[]?>> LoadAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        var destructions = _cache.Destructions;
        var found = new Dictionary<long, byte[]?>();
        foreach (var (customer, wrapped) in await FindAsync(customers, cancel))
        {
            var key = wrapped is null ? null : master.Unwrap(customer, wrapped);
            _cache.Remember(customer, new CachedKey(key, null), destructions);
            found[customer] = key;
        }
        return found;
    }

    /// <summary>
    /// New keys, at hand from now on, for a store that is written by this process alone: what is sealed with them waits for
    /// <paramref name="durable"/>, and fails with it. Returns them wrapped, without those that are at hand by now.
    /// </summary>
    protected List<(long Customer, byte[] Wrapped)> MakeAhead(IReadOnlyList<long> customers, Task durable)
    {
        var made = new List<(long, byte[])>(customers.Count);
        lock (_making)
            foreach (var customer in customers)
            {
                if (_cache.TryGet(customer, out _))
                    continue;
                var key = RandomNumberGenerator.GetBytes(KeySize);
                _cache.Remember(customer, new CachedKey(key, durable), _cache.Destructions);
                made.Add((customer, master.Wrap(customer, key)));
            }
        durable.ContinueWith(
            failed =>
            {
                foreach (var (customer, _) in made)
                    _cache.Forget(customer, failed);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.NotOnRanToCompletion,
            TaskScheduler.Default
        );
        return made;
    }

    /// <summary>A new key, wrapped, which the database may or may not take.</summary>
    protected byte[] Make(long customer) => master.Wrap(customer, RandomNumberGenerator.GetBytes(KeySize));

    static Task? Both(Task? one, Task? other) =>
        one is null || one == other ? other
        : other is null ? one
        : Task.WhenAll(one, other);
}

namespace Personalization.Storage.Keys;

/// <summary>A customer's key; null bytes: destroyed. What is sealed with it is good only once <paramref name="Durable"/> is done; null: at once.</summary>
readonly record struct CachedKey(byte[]? Bytes, Task? Durable);

/// <summary>
/// The keys used lately, at most <paramref name="capacity"/> of them: two generations, of which the older is dropped when
/// the younger is full.
/// </summary>
/// <param name="lifetime">How long a key may be kept: where other processes can destroy it, only a while.</param>
sealed class KeyCache(int capacity, TimeSpan lifetime, TimeProvider time)
{
    readonly Lock gate = new();
    Dictionary<long, CachedKey> young = [],
        old = [];
    long started = time.GetTimestamp();

    /// <summary>Grows with every destruction, so that a key read before one is not remembered after it.</summary>
    public int Destructions { get; private set; }

    public bool TryGet(long customer, out CachedKey key)
    {
        lock (gate)
        {
            Age();
            if (young.TryGetValue(customer, out key))
                return true;
            if (!old.TryGetValue(customer, out key))
                return false;
            // With a limited lifetime nothing is made younger than it is.
            if (lifetime == Timeout.InfiniteTimeSpan)
                Put(customer, key);
            return true;
        }
    }

    public void Remember(long customer, CachedKey key, int destructionsBefore)
    {
        lock (gate)
        {
            Age();
            if (destructionsBefore == Destructions)
                Put(customer, key);
        }
    }

    /// <summary>Forgets a key that never got to the disk; one that came in its place stays.</summary>
    public void Forget(long customer, Task durable)
    {
        lock (gate)
        {
            if (young.GetValueOrDefault(customer).Durable == durable)
                young.Remove(customer);
            if (old.GetValueOrDefault(customer).Durable == durable)
                old.Remove(customer);
        }
    }

    public void Destroy(IReadOnlyList<long> customers)
    {
        lock (gate)
        {
            Destructions++;
            foreach (var customer in customers)
            {
                old.Remove(customer);
                Put(customer, default);
            }
        }
    }

    void Put(long customer, CachedKey key)
    {
        if (young.Count >= Math.Max(1, capacity / 2))
            Turn();
        young[customer] = key;
    }

    void Age()
    {
        if (lifetime == Timeout.InfiniteTimeSpan || time.GetElapsedTime(started) < lifetime / 2)
            return;
        if (time.GetElapsedTime(started) >= lifetime)
            young.Clear();
        Turn();
    }

    void Turn()
    {
        (old, young) = (young, old);
        young.Clear();
        started = time.GetTimestamp();
    }
}

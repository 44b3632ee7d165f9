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
    readonly Lock _gate = new();
    Dictionary<long, CachedKey> _young = [],
        _old = [];
    long _started = time.GetTimestamp();

    /// <summary>Grows with every destruction, so that a key read before one is not remembered after it.</summary>
    public int Destructions { get; private set; }

    public bool TryGet(long customer, out CachedKey key)
    {
        lock (_gate)
        {
            Age();
            if (_young.TryGetValue(customer, out key))
                return true;
            if (!_old.TryGetValue(customer, out key))
                return false;
            // With a limited lifetime nothing is made younger than it is.
            if (lifetime == Timeout.InfiniteTimeSpan)
                Put(customer, key);
            return true;
        }
    }

    public void Remember(long customer, CachedKey key, int destructionsBefore)
    {
        lock (_gate)
        {
            Age();
            if (destructionsBefore == Destructions)
                Put(customer, key);
        }
    }

    /// <summary>Forgets a key that never got to the disk; one that came in its place stays.</summary>
    public void Forget(long customer, Task durable)
    {
        lock (_gate)
        {
            if (_young.GetValueOrDefault(customer).Durable == durable)
                _young.Remove(customer);
            if (_old.GetValueOrDefault(customer).Durable == durable)
                _old.Remove(customer);
        }
    }

    public void Destroy(IReadOnlyList<long> customers)
    {
        lock (_gate)
        {
            Destructions++;
            foreach (var customer in customers)
            {
                _old.Remove(customer);
                Put(customer, default);
            }
        }
    }

    void Put(long customer, CachedKey key)
    {
        if (_young.Count >= Math.Max(1, capacity / 2))
            Turn();
        _young[customer] = key;
    }

    void Age()
    {
        if (lifetime == Timeout.InfiniteTimeSpan || time.GetElapsedTime(_started) < lifetime / 2)
            return;
        if (time.GetElapsedTime(_started) >= lifetime)
            _young.Clear();
        Turn();
    }

    void Turn()
    {
        (_old, _young) = (_young, _old);
        _young.Clear();
        _started = time.GetTimestamp();
    }
}

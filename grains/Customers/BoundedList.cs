namespace Personalization.Customers;

/// <summary>
/// The newest part of a sequence, oldest first, in one array without slack: when it is full the oldest element goes.
/// A mutable struct that lives in a field; copying it shares the array.
/// </summary>
public struct BoundedList<T>
{
    T[]? _items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<T> Span => _items.AsSpan(0, Count);
    public readonly Span<T> Mutable => _items.AsSpan(0, Count);
    public readonly ref T this[int index] => ref _items.AsSpan(0, Count)[index];
    public readonly ref T Last => ref _items.AsSpan(0, Count)[Count - 1];

    /// <summary>Appends; with <paramref name="bound"/> elements already there the oldest is dropped.</summary>
    public void Add(T item, int bound)
    {
        if (Count >= bound)
            RemoveFirst(Count - bound + 1);
        if (Count == (_items?.Length ?? 0))
            Array.Resize(ref _items, Math.Min(bound, Count + Math.Max(2, Count / 4)));
        _items![Count++] = item;
    }

    public void RemoveAt(int index)
    {
        _items.AsSpan(index + 1, Count - index - 1).CopyTo(_items.AsSpan(index));
        Count--;
        _items![Count] = default!;
    }

    public void RemoveFirst(int count)
    {
        _items.AsSpan(count, Count - count).CopyTo(_items);
        _items.AsSpan(Count - count, count).Clear();
        Count -= count;
    }

    public void Clear()
    {
        _items = null;
        Count = 0;
    }
}

namespace Personalization.Customers;

/// <summary>
/// The newest part of a sequence, oldest first, in one array without slack: when it is full the oldest element goes.
/// A mutable struct that lives in a field; copying it shares the array.
/// </summary>
public struct BoundedList<T>
{
    T[]? items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<T> Span => items.AsSpan(0, Count);
    public readonly Span<T> Mutable => items.AsSpan(0, Count);
    public readonly ref T this[int index] => ref items.AsSpan(0, Count)[index];
    public readonly ref T Last => ref items.AsSpan(0, Count)[Count - 1];

    /// <summary>Appends; with <paramref name="bound"/> elements already there the oldest is dropped.</summary>
    public void Add(T item, int bound)
    {
        if (Count >= bound)
            RemoveFirst(Count - bound + 1);
        if (Count == (items?.Length ?? 0))
            Array.Resize(ref items, Math.Min(bound, Count + Math.Max(2, Count / 4)));
        items![Count++] = item;
    }

    public void RemoveAt(int index)
    {
        items.AsSpan(index + 1, Count - index - 1).CopyTo(items.AsSpan(index));
        Count--;
        items![Count] = default!;
    }

    public void RemoveFirst(int count)
    {
        items.AsSpan(count, Count - count).CopyTo(items);
        items.AsSpan(Count - count, count).Clear();
        Count -= count;
    }

    public void Clear()
    {
        items = null;
        Count = 0;
    }
}

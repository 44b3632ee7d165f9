using System.Numerics;

namespace Personalization.Recommendations;

/// <summary>A row of integers per product, all in one flat array. A row grows by moving to a block of twice the size; the block
/// it leaves is used again. One writer; a reader beside it may see a row in the middle of a change, but never anything
/// outside the array.</summary>
/// <param name="longest">Longest row, in numbers.</param>
sealed class Rows(int longest)
{
    const int MinLength = 4;

    volatile int[] _starts = new int[256];
    volatile int[] _data = new int[1024];
    readonly Stack<int>[] _free = NewFree();
    int _used = 1; // place 0 stands for "no row"

    /// <summary>Rows that can be asked for without growth.</summary>
    public int Capacity => _starts.Length;

    /// <summary>The row as it is; empty when there is none.</summary>
    public Span<int> this[int row]
    {
        get
        {
            var places = _starts;
            if ((uint)row >= (uint)places.Length)
                return default;
            var start = Volatile.Read(ref places[row]);
            var numbers = _data; // read after the place: never older than it
            if (start <= 0 || start >= numbers.Length)
                return default;
            var length = numbers[start];
            return (uint)length < (uint)(numbers.Length - start) ? numbers.AsSpan(start + 1, length) : default;
        }
    }

    /// <summary>Gives the row its first or its next larger block, zeroed; the caller fills it and then calls
    /// <see cref="Publish"/>. Empty when the row is as long as it may be. Writer only.</summary>
    public Span<int> Larger(int row, out int place)
    {
        var length = this[row].Length;
        place = 0;
        if (length >= longest)
            return default;
        length = Math.Min(longest, Math.Max(MinLength, length * 2));
        place = Allocate(length);
        return place == 0 ? default : _data.AsSpan(place + 1, length);
    }

    /// <summary>Lets the row be the block made by <see cref="Larger"/>. Writer only.</summary>
    public void Publish(int row, int place)
    {
        var places = _starts;
        if (row >= places.Length)
        {
            Array.Resize(ref places, Math.Max(row + 1, places.Length * 2));
            _starts = places;
        }
        var old = places[row];
        Volatile.Write(ref places[row], place);
        if (old > 0)
            _free[BitOperations.Log2((uint)_data[old])].Push(old);
    }

    public void Save(ImageWriter image)
    {
        image.Write<int>(_starts);
        image.Write<int>(_data.AsSpan(0, _used));
    }

    public static Rows Load(ImageReader image, int longest)
    {
        var rows = new Rows(longest) { _starts = image.Read<int>(), _data = image.Read<int>() };
        rows._used = rows._data.Length;
        if (rows._used == 0)
            throw new InvalidDataException("The image lacks its rows.");
        return rows;
    }

    static Stack<int>[] NewFree()
    {
        var stacks = new Stack<int>[32];
        for (var i = 0; i < stacks.Length; i++)
            stacks[i] = new Stack<int>();
        return stacks;
    }

    int Allocate(int length)
    {
        // The longest rows are never given back, so equal logarithm means equal length.
        if (length < longest && _free[BitOperations.Log2((uint)length)].TryPop(out var place))
        {
            _data.AsSpan(place + 1, length).Clear();
            return place;
        }
        if (!MakeRoom(length + 1))
            return 0;
        place = _used;
        _data[place] = length;
        _used += length + 1;
        return place;
    }

    bool MakeRoom(int numbers)
    {
        var needed = (long)_used + numbers;
        if (needed <= _data.Length)
            return true;
        if (needed > Array.MaxLength)
            return false;
        var larger = _data;
        Array.Resize(ref larger, (int)Math.Min(Array.MaxLength, Math.Max(needed, _data.Length + (_data.Length / 2L))));
        _data = larger;
        return true;
    }
}

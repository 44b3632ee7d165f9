using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Personalization.Recommendations;

/// <summary>Numbers that begin at a cache line, so that a row of 64 bytes touches one and no more. What lies here does not
/// move.</summary>
readonly struct Aligned<T>
    where T : unmanaged
{
    const int Line = 64;

    readonly T[] _all;
    readonly int _start;

    public Aligned(int length)
    {
        _all = GC.AllocateArray<T>(length + (Line / Unsafe.SizeOf<T>()), pinned: true);
        var address = (long)Marshal.UnsafeAddrOfPinnedArrayElement(_all, 0);
        (_start, Length) = ((int)(-address & (Line - 1)) / Unsafe.SizeOf<T>(), length);
    }

    public int Length { get; }

    public ref T First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_all), _start);

    public Span<T> Span => _all.AsSpan(_start, Length);

    /// <summary>As many numbers as given, beginning with these.</summary>
    public Aligned<T> Grown(int length)
    {
        var grown = new Aligned<T>(length);
        Span.CopyTo(grown.Span);
        return grown;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Two directions in space per product: where it lies itself, and where what it follows lies. Products of the same visits
/// lie near each other. Learned with the ranking model; a product that came later has none.</summary>
public sealed class ItemVectors
{
    /// <summary>Numbers per direction.</summary>
    public const int Width = 64;

    const int Both = 2 * Width;

    readonly Aligned<sbyte> _numbers;

    /// <param name="own">Product after product, <see cref="Width"/> numbers each; all zero for a product without one. Only their
    /// direction counts.</param>
    /// <param name="following">The same for where it follows.</param>
    public ItemVectors(ReadOnlySpan<float> own, ReadOnlySpan<float> following)
    {
        if (own.Length % Width != 0 || following.Length != own.Length)
            throw new ArgumentException("Vectors have another length.", nameof(own));
        _numbers = new(2 * own.Length);
        var all = _numbers.Span;
        var directions = new short[Both];
        for (var at = 0; at < own.Length; at += Width)
        {
            Normalize(own.Slice(at, Width), directions);
            Normalize(following.Slice(at, Width), directions.AsSpan(Width));
            for (var i = 0; i < Both; i++)
                all[(2 * at) + i] = (sbyte)directions[i];
        }
    }

    ItemVectors(Aligned<sbyte> numbers) => _numbers = numbers;

    // Four products of such numbers fit sixteen bits.
    const int Largest = 90;
    const float Unit = 180;

    public long Bytes => _numbers.Length;

    public int Products => _numbers.Length / Both;

    /// <summary>Adds a product's own direction, so many times, to a sum of <see cref="Width"/> numbers.</summary>
    public void AddTo(Span<float> sum, int product, float weight)
    {
        if ((uint)product >= (uint)Products)
            return;
        var vector = _numbers.Span.Slice(product * Both, Width);
        for (var i = 0; i < Width; i++)
            sum[i] += weight * vector[i];
    }

    /// <summary>Brings a sum to the length that <see cref="Cosines"/> expects.</summary>
    public static void Normalize(ReadOnlySpan<float> sum, Span<short> into)
    {
        var length = 0f;
        foreach (var number in sum)
            length += number * number;
        // Of 64 numbers of a unit vector hardly one is above a half.
        var scale = length > 0 ? Unit / MathF.Sqrt(length) : 0;
        for (var i = 0; i < Width; i++)
            into[i] = (short)Math.Clamp(MathF.Round(sum[i] * scale), -Largest, Largest);
    }

    /// <summary>Brings what is about to be compared near the processor: reads that do not wait for each other.</summary>
    public int Touch(ReadOnlySpan<int> products, ReadOnlySpan<int> chosen)
    {
        var touched = 0;
        foreach (var row in chosen)
        {
            if ((uint)products[row] >= (uint)Products)
                continue;
            var at = products[row] * Both;
            touched += Unsafe.Add(ref _numbers.First, at) + Unsafe.Add(ref _numbers.First, at + Width);
        }
        return touched;
    }

    /// <summary>Cosines between two directions and where the product lies, and between the first and where it follows; 0 for a
    /// product without a vector.</summary>
    public (float First, float Second, float Following) Cosines(
        ReadOnlySpan<short> first,
        ReadOnlySpan<short> second,
        int product
    )
    {
        if ((uint)product >= (uint)Products)
            return default;
        ref var one = ref MemoryMarshal.GetReference(first[..Width]);
        ref var other = ref MemoryMarshal.GetReference(second[..Width]);
        ref var both = ref Unsafe.Add(ref _numbers.First, product * Both);
        Vector256<short> a = default,
            b = default,
            c = default;
        for (nuint i = 0; i < Width; i += 16)
        {
            var own = Sixteen(ref both, i);
            var direction = Vector256.LoadUnsafe(ref one, i);
            a += own * direction;
            b += own * Vector256.LoadUnsafe(ref other, i);
            c += Sixteen(ref both, i + Width) * direction;
        }
        return (Cosine(a), Cosine(b), Cosine(c));
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_numbers.Length);
        writer.Write(MemoryMarshal.AsBytes(_numbers.Span));
    }

    public static ItemVectors Load(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length < 0 || length % Both != 0)
            throw new InvalidDataException("The item vectors are damaged.");
        var numbers = new Aligned<sbyte>(length);
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.Span));
        return new(numbers);
    }

    static Vector256<short> Sixteen(ref sbyte first, nuint at) =>
        Vector256.WidenLower(Vector128.LoadUnsafe(ref first, at).ToVector256Unsafe());

    static float Cosine(Vector256<short> sums) =>
        Vector256.Sum(Vector256.WidenLower(sums) + Vector256.WidenUpper(sums)) / (Unit * Unit);
}

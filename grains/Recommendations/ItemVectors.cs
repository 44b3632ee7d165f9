using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Two directions in space per product: where it lies itself, and where what it follows lies. Products of the same visits
/// lie near each other. Learned with the ranking model; a product that came later has none.</summary>
public sealed class ItemVectors
{
    /// <summary>Numbers per direction.</summary>
    public const int Width = 64;

    private const int Both = 2 * Width;

    private readonly sbyte[] numbers;

    /// <param name="own">Product after product, <see cref="Width"/> numbers each; all zero for a product without one. Only their
    /// direction counts.</param>
    /// <param name="following">The same for where it follows.</param>
    public ItemVectors(ReadOnlySpan<float> own, ReadOnlySpan<float> following)
    {
        if (own.Length % Width != 0 || following.Length != own.Length)
            throw new ArgumentException("Vectors have another length.", nameof(own));
        numbers = new sbyte[2 * own.Length];
        for (var at = 0; at < own.Length; at += Width)
        {
            Normalize(own.Slice(at, Width), numbers.AsSpan(2 * at, Width));
            Normalize(following.Slice(at, Width), numbers.AsSpan((2 * at) + Width, Width));
        }
    }

    private ItemVectors(sbyte[] numbers) => this.numbers = numbers;

    private const float Unit = 254;

    public int Products => numbers.Length / Both;

    /// <summary>Adds a product's own direction, so many times, to a sum of <see cref="Width"/> numbers.</summary>
    public void AddTo(Span<float> sum, int product, float weight)
    {
        if ((uint)product >= (uint)Products) return;
        var vector = numbers.AsSpan(product * Both, Width);
        for (var i = 0; i < Width; i++) sum[i] += weight * vector[i];
    }

    /// <summary>Brings a sum to the length that <see cref="Similarity"/> expects.</summary>
    public static void Normalize(ReadOnlySpan<float> sum, Span<sbyte> into)
    {
        var length = 0f;
        foreach (var number in sum) length += number * number;
        // Of 64 numbers of a unit vector hardly one is above a half.
        var scale = length > 0 ? Unit / MathF.Sqrt(length) : 0;
        for (var i = 0; i < Width; i++) into[i] = (sbyte)Math.Clamp(MathF.Round(sum[i] * scale), -127, 127);
    }

    /// <summary>Cosine between a direction and where the product lies; 0 for a product without a vector.</summary>
    public float Similarity(ReadOnlySpan<sbyte> direction, int product) =>
        (uint)product < (uint)Products ? Cosine(direction, numbers.AsSpan(product * Both, Width)) : 0;

    /// <summary>Cosine between a direction and where the product follows; 0 for a product without a vector.</summary>
    public float Following(ReadOnlySpan<sbyte> direction, int product) =>
        (uint)product < (uint)Products ? Cosine(direction, numbers.AsSpan((product * Both) + Width, Width)) : 0;

    public void Save(BinaryWriter writer)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }

    public static ItemVectors Load(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length < 0 || length % Both != 0) throw new InvalidDataException("The item vectors are damaged.");
        var numbers = new sbyte[length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return new(numbers);
    }

    private static float Cosine(ReadOnlySpan<sbyte> one, ReadOnlySpan<sbyte> other)
    {
        ref var left = ref MemoryMarshal.GetReference(one[..Width]);
        ref var right = ref MemoryMarshal.GetReference(other[..Width]);
        var sum = Vector256<int>.Zero;
        for (nuint i = 0; i < Width; i += 16)
        {
            var products = Vector256.WidenLower(Vector128.LoadUnsafe(ref left, i).ToVector256())
                * Vector256.WidenLower(Vector128.LoadUnsafe(ref right, i).ToVector256());
            sum += Vector256.WidenLower(products) + Vector256.WidenUpper(products);
        }
        return Vector256.Sum(sum) / (Unit * Unit);
    }
}

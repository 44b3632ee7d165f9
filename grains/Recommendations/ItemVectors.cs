using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>A direction in space per product: those that occur in the same visits point the same way. Learned with the ranking
/// model; a product that came later has none.</summary>
public sealed class ItemVectors
{
    /// <summary>Numbers per product.</summary>
    public const int Width = 64;

    private readonly sbyte[] numbers;

    /// <param name="vectors">Product after product, <see cref="Width"/> numbers each; all zero for a product without one.
    /// Only their direction counts.</param>
    public ItemVectors(ReadOnlySpan<float> vectors)
    {
        if (vectors.Length % Width != 0) throw new ArgumentException("Vectors have another length.", nameof(vectors));
        numbers = new sbyte[vectors.Length];
        for (var at = 0; at < vectors.Length; at += Width)
        {
            var sum = 0f;
            foreach (var number in vectors.Slice(at, Width)) sum += number * number;
            if (!(sum > 0)) continue;
            // Of 64 numbers of a unit vector hardly one is above a half.
            var scale = Unit / MathF.Sqrt(sum);
            for (var i = at; i < at + Width; i++) numbers[i] = (sbyte)Math.Clamp(MathF.Round(vectors[i] * scale), -127, 127);
        }
    }

    private ItemVectors(sbyte[] numbers) => this.numbers = numbers;

    private const float Unit = 254;

    public int Products => numbers.Length / Width;

    public bool Has(int product) => (uint)product < (uint)Products && Of(product).ContainsAnyExcept((sbyte)0);

    /// <summary>Adds a product's direction, so many times, to a sum of <see cref="Width"/> numbers.</summary>
    public void AddTo(Span<float> sum, int product, float weight)
    {
        if ((uint)product >= (uint)Products) return;
        var vector = Of(product);
        for (var i = 0; i < Width; i++) sum[i] += weight * vector[i];
    }

    /// <summary>Brings a sum to the length that <see cref="Similarity"/> expects.</summary>
    public static void Normalize(ReadOnlySpan<float> sum, Span<sbyte> into)
    {
        var length = 0f;
        foreach (var number in sum) length += number * number;
        var scale = length > 0 ? Unit / MathF.Sqrt(length) : 0;
        for (var i = 0; i < Width; i++) into[i] = (sbyte)Math.Clamp(MathF.Round(sum[i] * scale), -127, 127);
    }

    /// <summary>Cosine of the angle between them; 0 for a product without a vector.</summary>
    public float Similarity(ReadOnlySpan<sbyte> direction, int product)
    {
        if ((uint)product >= (uint)Products) return 0;
        ref var left = ref MemoryMarshal.GetReference(direction[..Width]);
        ref var right = ref MemoryMarshal.GetReference(Of(product));
        var sum = Vector256<int>.Zero;
        for (nuint i = 0; i < Width; i += 16)
        {
            var products = Vector256.WidenLower(Vector128.LoadUnsafe(ref left, i).ToVector256())
                * Vector256.WidenLower(Vector128.LoadUnsafe(ref right, i).ToVector256());
            sum += Vector256.WidenLower(products) + Vector256.WidenUpper(products);
        }
        return Vector256.Sum(sum) / (Unit * Unit);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }

    public static ItemVectors Load(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length < 0 || length % Width != 0) throw new InvalidDataException("The item vectors are damaged.");
        var numbers = new sbyte[length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return new(numbers);
    }

    private ReadOnlySpan<sbyte> Of(int product) => numbers.AsSpan(product * Width, Width);
}

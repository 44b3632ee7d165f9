using System.Collections.Concurrent;
using System.Reflection;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations.Filters;

namespace Personalization.Tests.Codec;

/// <summary>Instances of any type that goes through a codec, every member given something of its type, extremes and null among them.</summary>
static class Anything
{
    static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    static readonly string[] Filters =
    [
        "price < 60",
        "category = \"Clothing > Jackets\" and not brand in ('Orvo', 'Xy')",
        "attribute.\"größe\" = \"38\" or stock > 0",
    ];

    static readonly string[] Traits =
    [
        "{}",
        "{\"email\":\"a@example.com\",\"firstName\":\"Zoë\"}",
        "{\"name\":\"Ann Lee\",\"timezone\":\"Europe/Lisbon\",\"address\":{\"city\":\"Faro\"},\"age\":41,\"tags\":[1,\"x\",null]}",
    ];

    public static T Of<T>(System.Random random) => (T)Of(typeof(T), random)!;

    public static object? Of(Type type, System.Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return random.Next(3) == 0 ? null : Of(inner, random);
        if (type == typeof(string))
            return random.Next(8) switch
            {
                0 => "",
                1 => "ÄÖ ß 💥",
                2 => new string('x', 300),
                _ => $"text {random.Next()}",
            };
        if (type == typeof(long))
            return random.Next(5) switch
            {
                0 => 0L,
                1 => long.MaxValue / 4,
                2 => long.MinValue / 4,
                _ => random.NextInt64(-1_000_000_000_000, 2_000_000_000_000),
            };
        if (type == typeof(ulong))
            return (ulong)random.NextInt64() * (ulong)random.Next(2);
        if (type == typeof(uint))
            return (uint)random.NextInt64(1L << 32);
        if (type == typeof(int))
            return random.Next(6) switch
            {
                0 => 0,
                1 => int.MaxValue,
                2 => int.MinValue,
                3 => -1,
                _ => random.Next(100_000),
            };
        if (type == typeof(ushort))
            return (ushort)random.Next(1000);
        if (type == typeof(float))
            return random.NextSingle() * random.Next(3);
        if (type == typeof(decimal))
            return random.Next(4) switch
            {
                0 => 0m,
                1 => 0.00m,
                2 => decimal.MinValue,
                _ => new decimal(random.NextInt64()) / 10_000,
            };
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(Guid))
            return random.Next(5) == 0 ? Guid.Empty : new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        if (type == typeof(UInt128))
            return new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
        if (type.IsEnum)
            return Enum.GetValues(type) is var members ? members.GetValue(random.Next(members.Length)) : null;
        if (type == typeof(Filter))
            return Filter.TryParse(Filters[random.Next(Filters.Length)], out var filter, out _) ? filter : null;
        if (type == typeof(Profile))
            return SomeProfile(random);
        if (type.IsArray)
            return Array(type.GetElementType()!, random);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Array(type.GenericTypeArguments[0], random);
        if (type == typeof(IReadOnlyDictionary<string, long>))
            return Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"store {i}", _ => Of<long>(random));
        return Composed(type, random);
    }

    static object Composed(Type type, System.Random random)
    {
        var shape = Shapes.GetOrAdd(type, ShapeOf);
        var made = Activator.CreateInstance(type, [.. shape.Arguments.Select(a => a.Make(random))])!;
        foreach (var (property, member) in shape.Properties)
            property.SetValue(made, member.Make(random));
        // A personal part in which nothing stands is not written: there is nothing to seal.
        return made is PersonalPart { IsEmpty: true } part ? part with { Url = "https://example.com/" } : made;
    }

    static Shape ShapeOf(Type type)
    {
        var nullability = new NullabilityInfoContext();
        var arguments = type.GetConstructors()
            .Where(c => c.GetParameters().Length > 0 && c.GetParameters()[0].ParameterType != type)
            .MaxBy(c => c.GetParameters().Length)
            ?.GetParameters()
            ?? [];
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null && !arguments.Any(a => a.Name == p.Name));
        return new Shape(
            [.. arguments.Select(a => new Member(a.ParameterType, IsOptional(nullability.Create(a))))],
            [.. properties.Select(p => (p, new Member(p.PropertyType, IsOptional(nullability.Create(p)))))]
        );
    }

    static bool IsOptional(NullabilityInfo info) => !info.Type.IsValueType && info.ReadState == NullabilityState.Nullable;

    static Array Array(Type element, System.Random random)
    {
        var array = System.Array.CreateInstance(element, random.Next(4));
        for (var i = 0; i < array.Length; i++)
            array.SetValue(Of(element, random), i);
        return array;
    }

    static Profile SomeProfile(System.Random random)
    {
        var profile = new Profile();
        foreach (var claimed in new[] { false, true })
        {
            if (random.Next(4) > 0)
                profile.Merge(Traits[random.Next(Traits.Length)], claimed, signed: random.Next(2) == 0);
            profile.Place(random.Next(2) == 0 ? "Asia/Tokyo" : null, random.Next(2) == 0 ? "pt-PT" : null, claimed);
        }
        profile.IsProved = random.Next(2) == 0;
        if (random.Next(2) == 0)
            profile.ConfirmEmail();
        return profile;
    }

    /// <summary>How an instance of a type is made, looked up once.</summary>
    sealed record Shape(Member[] Arguments, (PropertyInfo Property, Member Member)[] Properties);

    sealed record Member(Type Type, bool Optional)
    {
        public object? Make(System.Random random) => Optional && random.Next(3) == 0 ? null : Of(Type, random);
    }
}

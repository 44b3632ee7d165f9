using System.Reflection;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Codec;
using Personalization.Events;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Codec;

/// <summary>What is written into the journal is read out of it the same, for every kind of event there is.</summary>
public sealed class EventCodecTests
{
    static readonly Type[] Kinds =
        [.. typeof(CustomerEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(CustomerEvent)) && !type.IsAbstract)];

    static Gen<CustomerEvent> Events =>
        from kind in Gen.Elements(Kinds)
        from seed in Gen.Choose(int.MinValue, int.MaxValue)
        select (CustomerEvent)Make(kind, new System.Random(seed))!;

    [Fact]
    public void A_turns_events_are_read_as_they_were_written() => Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
    {
        var (body, personal) = Written([.. events]);
        Text(EventCodec.Read(body, personal)).ShouldBe(Text(events));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Without_the_personal_part_behaviour_is_all_there() => Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
    {
        var (body, _) = Written([.. events]);
        Text(EventCodec.Read(body, [])).ShouldBe(Text(events.Select(e => e is Tracked t ? t with { Personal = null } : e)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Damaged_bytes_are_told_from_good_ones_or_read_but_never_break_the_reader() => Prop.ForAll(
        Events.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (e, seed) =>
    {
        var (body, personal) = Written([e]);
        var random = new System.Random(seed);
        var cut = body[..random.Next(body.Length)];
        if (body.Length > 0) body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
        foreach (var bytes in new[] { cut, body })
            try
            {
                EventCodec.Read(bytes, personal);
            }
            catch (InvalidDataException)
            {
                // The one exception that a reader has to know.
            }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_older_reader_steps_over_events_it_does_not_know()
    {
        var (body, _) = Written([new Erased { Time = 1, By = "a" }]);
        byte[] newer = [.. body, 250, 3, 1, 2, 3, .. body.AsSpan(1)];
        EventCodec.Read(newer, []).Count.ShouldBe(2);
    }

    static (byte[] Body, byte[] Personal) Written(CustomerEvent[] events)
    {
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write(events, body, personal);
        return (body.ToArray(), personal.ToArray());
    }

    static string Text(IEnumerable<CustomerEvent> events) =>
        string.Join('\n', events.Select(e => e.GetType().Name + JsonSerializer.Serialize(e, e.GetType())));

    /// <summary>An instance with every property given something of its type, extremes among them.</summary>
    static object? Make(Type type, System.Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return random.Next(3) == 0 ? null : Make(inner, random);
        if (type == typeof(string)) return random.Next(8) switch { 0 => "", 1 => "ÄÖ ß 💥", 2 => new string('x', 300), _ => $"text {random.Next()}" };
        if (type == typeof(long)) return random.Next(5) switch { 0 => 0L, 1 => long.MaxValue / 4, 2 => long.MinValue / 4, _ => random.NextInt64(-1_000_000_000_000, 2_000_000_000_000) };
        if (type == typeof(ulong)) return (ulong)random.NextInt64() * (ulong)random.Next(2);
        if (type == typeof(int)) return random.Next(4) switch { 0 => 0, 1 => int.MaxValue, _ => random.Next(100_000) };
        if (type == typeof(ushort)) return (ushort)random.Next(1000);
        if (type == typeof(float)) return random.NextSingle() * random.Next(3);
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(Guid)) return new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        if (type.IsEnum) return Pick(Enum.GetValues(type), random);
        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, random.Next(4));
            for (var i = 0; i < array.Length; i++) array.SetValue(Element(type.GetElementType()!, random), i);
            return array;
        }
        if (type.GetConstructors().Where(c => c.GetParameters().Length > 0 && c.GetParameters()[0].ParameterType != type).MaxBy(c => c.GetParameters().Length) is { } constructor)
            return constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, random))]);
        var made = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is not null))
            property.SetValue(made, IsOptional(property) && random.Next(3) == 0 ? null : Make(property.PropertyType, random));
        return made;
    }

    static object Element(Type type, System.Random random) => Make(type, random)!;

    static object Pick(Array values, System.Random random) => values.GetValue(random.Next(values.Length))!;

    static bool IsOptional(PropertyInfo property) =>
        !property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
}

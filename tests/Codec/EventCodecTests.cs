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
    [
        .. typeof(CustomerEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(CustomerEvent)) && !type.IsAbstract),
    ];

    static Gen<CustomerEvent> Events =>
        from kind in Gen.Elements(Kinds)
        from seed in Gen.Choose(int.MinValue, int.MaxValue)
        select WithinBounds((CustomerEvent)Anything.Of(kind, new System.Random(seed))!);

    static CustomerEvent WithinBounds(CustomerEvent e) =>
        e is Tracked t
            ? t with
            {
                Amount = Bounds.Amount(t.Amount),
                BaseAmount = t.BaseAmount is { } amount ? Bounds.Amount(amount) : null,
                Counted = Bounds.Amount(t.Counted),
                Lines = Array.ConvertAll(t.Lines, line =>
                    line with
                    {
                        Quantity = Bounds.Quantity(line.Quantity),
                        Price = Bounds.Price(line.Price),
                    }
                ),
            }
            : e;

    [Fact]
    public void A_turns_events_are_read_as_they_were_written() =>
        Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
            {
                var (body, personal) = Written([.. events]);
                Text(EventCodec.Read(body, personal)).ShouldBe(Text(events));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_an_older_version_wrote_beyond_the_bounds_is_read_as_left_out()
    {
        var (body, _) = Written([
            new Tracked
            {
                Time = 1,
                Kind = EventKind.OrderCompleted,
                Amount = 9_000_000_000_000_000_000,
                BaseAmount = 9_000_000_000_000_000_000,
                Counted = 9_000_000_000_000_000_000,
                Lines = [new OrderLine(1, int.MaxValue, -1)],
            },
        ]);

        var order = (Tracked)EventCodec.Read(body, []).ShouldHaveSingleItem();

        (order.Amount, order.BaseAmount, order.Counted).ShouldBe((0, 0, 0));
        order.Lines.ShouldBe([new OrderLine(1, 1, 0)]);
    }

    [Fact]
    public void Without_the_personal_part_behaviour_is_all_there() =>
        Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
            {
                var (body, _) = Written([.. events]);
                Text(EventCodec.Read(body, []))
                    .ShouldBe(Text(events.Select(e => e is Tracked t ? t with { Personal = null } : e)));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Damaged_bytes_are_told_from_good_ones_or_read_but_never_break_the_reader() =>
        Prop.ForAll(Events.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (e, seed) =>
            {
                var (body, personal) = Written([e]);
                var random = new System.Random(seed);
                var cut = body[..random.Next(body.Length)];
                if (body.Length > 0)
                    body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
                foreach (var bytes in new[] { cut, body })
                    try
                    {
                        EventCodec.Read(bytes, personal);
                    }
                    catch (InvalidDataException)
                    {
                        // The one exception that a reader has to know.
                    }
            })
            .QuickCheckThrowOnFailure();

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
}

using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Outreach;
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
                BaseAmount = t.BaseAmount is { } amount && Bounds.IsAmount(amount) ? amount : null,
                Counted = Bounds.Difference(t.Counted),
                ClaimCounted = Bounds.Difference(t.ClaimCounted),
                CancelCounted = Bounds.Difference(t.CancelCounted),
                RefundCounted = Bounds.Difference(t.RefundCounted),
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
                Text(EventCodec.Read(body, personal)).ShouldBe(Text(events.Select(Consistent)));
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
                ClaimCounted = -9_000_000_000_000_000_000,
                Lines = [new OrderLine(1, int.MaxValue, -1)],
            },
        ]);

        var order = (Tracked)EventCodec.Read(body, []).ShouldHaveSingleItem();

        (order.Amount, order.BaseAmount, order.Counted, order.ClaimCounted).ShouldBe((0, null, 0, 0));
        order.Lines.ShouldBe([new OrderLine(1, 1, 0)]);
    }

    [Fact]
    public void An_order_that_falls_from_the_greatest_amount_to_the_least_counts_twice_the_bound()
    {
        const long fall = -2 * Bounds.MaxAmount;
        var (body, _) = Written([
            new Tracked
            {
                Time = 1,
                Kind = EventKind.OrderCompleted,
                Counted = fall,
                ClaimCounted = fall,
            },
        ]);

        var order = (Tracked)EventCodec.Read(body, []).ShouldHaveSingleItem();

        (order.Counted, order.ClaimCounted).ShouldBe((fall, fall));
    }

    [Fact]
    public void Without_the_personal_part_behaviour_is_all_there() =>
        Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
            {
                var (body, _) = Written([.. events]);
                Text(EventCodec.Read(body, [])).ShouldBe(Text(events.Select(InTheClear)));
            })
            .QuickCheckThrowOnFailure();

    /// <summary>A reference or a topic that is there is not one that cannot be read.</summary>
    static CustomerEvent Consistent(CustomerEvent e) =>
        e is Tracked t
            ? t with
            {
                ReferenceIsSealed = t.ReferenceIsSealed && t.Reference is null,
                LabelIsSealed = t.LabelIsSealed && t.Label is null,
            }
            : e;

    static CustomerEvent InTheClear(CustomerEvent e) =>
        e switch
        {
            Tracked t => t with
            {
                Personal = null,
                Reference = null,
                ReferenceIsSealed = t.HasReference,
                LabelIsSealed = t.HasTopic,
                Label = null,
                Source = t.Source is null ? null : t.Source with { Term = null, Content = null },
            },
            WarningClosed x => x with { Note = null },
            ConsentChanged x => x with { Topic = "" },
            _ => e,
        };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_cannot_be_read_of_a_consent_grants_nothing_and_denies_everything(bool isTracked)
    {
        CustomerEvent Said(long time, bool granted) =>
            isTracked
                ? new Tracked
                {
                    Time = time,
                    Kind = granted ? EventKind.Subscribed : EventKind.Unsubscribed,
                    Label = "reminders",
                }
                : new ConsentChanged
                {
                    Time = time,
                    Channel = "email",
                    Topic = "reminders",
                    Granted = granted,
                    Origin = "api",
                };
        Consent After(params CustomerEvent[] events)
        {
            var state = new CustomerState(1);
            foreach (var e in EventCodec.Read(Written(events).Body, []))
                state.Apply(e);
            return state.Outreach.Consents.Answer("email", "reminders");
        }
        After(Said(1, true)).ShouldBe(Consent.Unset);
        After(Said(1, false)).ShouldBe(Consent.Denied);
        After(Said(1, false), Said(2, true)).ShouldBe(Consent.Denied);
    }

    [Fact]
    public void An_entry_of_the_first_format_is_read_with_all_it_says()
    {
        // One OrderCompleted with reference and label, a source with a term, and a time zone in its personal part.
        using var order = new ByteWriter();
        order.Signed(5);
        order.Byte((byte)EventKind.OrderCompleted);
        order.Unsigned(1 << 7 | 1 << 8 | 1 << 13);
        foreach (var text in new[] { "o-1", "late", "news", "mail", "spring", "boots", "blue", null })
            order.Text(text);
        using var entry = new ByteWriter();
        entry.Byte(1);
        entry.Byte(1);
        entry.Bytes(order.Written);
        using var personal = new ByteWriter();
        personal.Byte(1);
        personal.Unsigned(0);
        personal.Unsigned(1 << 7);
        personal.Text("Europe/Lisbon");

        var read = EventCodec.Read(entry.Written, personal.Written).ShouldHaveSingleItem().ShouldBeOfType<Tracked>();

        (read.Reference, read.Label, read.ReferenceIsSealed).ShouldBe(("o-1", "late", false));
        read.Source.ShouldBe(new VisitSource("news", "mail", "spring", "boots", "blue", null));
        read.Personal!.TimeZone.ShouldBe("Europe/Lisbon");
    }

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

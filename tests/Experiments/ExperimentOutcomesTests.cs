using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Experiments;
using Personalization.Journal;
using Personalization.Projections;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Experiments;

/// <summary>R89: what counts for a variant, and who stays in it.</summary>
public sealed class ExperimentOutcomesTests
{
    static ExperimentExposed Exposed(long time, int variant = 0) =>
        new()
        {
            Time = time,
            Experiment = "e",
            Begun = 1,
            Variant = variant,
        };

    static Tracked Order(long time, EventMarks marks = EventMarks.None) =>
        new()
        {
            Time = time,
            Kind = EventKind.OrderCompleted,
            Marks = marks,
            Counted = 10,
        };

    static ExposureRow? Row(params (long Customer, CustomerEvent Event)[] events)
    {
        var outcomes = new ExperimentOutcomes([]);
        foreach (var (customer, e) in events)
            outcomes.Apply(customer, e);
        return outcomes.Changed.SingleOrDefault();
    }

    [Fact]
    public void An_order_placed_before_the_first_answer_or_only_claimed_or_by_a_machine_does_not_count()
    {
        Row((7, Order(5)), (7, Exposed(10)), (7, Order(9)))!.Orders.ShouldBe(0);
        Row((7, Exposed(10)), (7, Order(11, EventMarks.Claimed)))!.Orders.ShouldBe(0);
        Row((7, Exposed(10)), (7, Order(11) with { IsMachine = true }))!.Orders.ShouldBe(0);
        Row((7, Exposed(10)), (8, Order(11)))!.Orders.ShouldBe(0);
        Row((7, Exposed(10)), (7, Order(11)), (7, Order(12))).ShouldBe(new ExposureRow(7, "e", 1, 0, 10, 2, 20));
    }

    [Fact]
    public void What_is_said_of_an_order_again_corrects_its_amount_alone()
    {
        var again = Order(12, EventMarks.RepeatedOrder) with { Counted = -3 };
        Row((7, Exposed(10)), (7, Order(11)), (7, again)).ShouldBe(new ExposureRow(7, "e", 1, 0, 10, 1, 7));
        Row((7, Exposed(10)), (7, again)).ShouldBe(new ExposureRow(7, "e", 1, 0, 10));
    }

    [Fact]
    public void Two_who_are_one_were_in_the_variant_that_came_first()
    {
        var merged = new Merged
        {
            Time = 30,
            Source = 8,
            UpToVersion = 1,
            Names = [],
        };
        Row((7, Exposed(20, 1)), (7, Order(21)), (8, Exposed(10)), (8, Order(11)), (7, merged))
            .ShouldBe(new ExposureRow(7, "e", 1, 0, 10, 2, 20));
        Row((8, Exposed(10, 1)), (7, merged), (7, Order(31))).ShouldBe(new ExposureRow(7, "e", 1, 1, 10, 1, 10));

        var state = new CustomerState(7);
        state = History.Fold(state, [Exposed(20, 1), Exposed(10)], [merged]);
        state.Exposures.Span.ToArray().ShouldBe([new Exposure("e", 1, 0)]);
    }

    [Fact]
    public void A_snapshot_keeps_the_variants()
    {
        var state = new CustomerState(7);
        state.Apply(Exposed(10, 3));
        using var bytes = new ByteWriter();
        SnapshotCodec.Write(state, bytes);
        SnapshotCodec.TryRead(bytes.Written)!.Exposures.Span.ToArray().ShouldBe([new Exposure("e", 1, 3)]);
    }

    [Fact]
    public void The_bytes_of_an_exposure_stay()
    {
        using ByteWriter body = new(),
            personal = new();
        EventCodec.Write([Exposed(10, 3)], body, personal);
        Convert.ToHexString(body.Written).ShouldBe("02" + "10" + "05" + "14" + "0265" + "02" + "06");
    }
}

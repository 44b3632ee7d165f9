using FsCheck;
using FsCheck.Fluent;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R40, R44: one arbiter per person.</summary>
public class ArbiterTests
{
    const long Hour = 3_600_000,
        Day = 24 * Hour;

    /// <summary>Noon in Lisbon on 10 January 2026.</summary>
    const long Noon = 1_768_046_400_000;

    static readonly OutreachPolicy Policy = OutreachPolicy.Default;
    static readonly Playbook Cart = Policy.Find("abandoned-cart")!;
    static readonly Playbook Churn = Policy.Find("churn-warning")!;

    static Intent CartLeft(long touched = Noon - 2 * Hour, long value = 400_000) =>
        Cart.IntentFor(7, $"cart-{touched}", touched, value);

    static Situation Calm(MessageLedger? ledger = null, long now = Noon) =>
        new()
        {
            Address = "ana@shop.test",
            Consent = Yes(),
            Ledger = ledger ?? new(),
            Suppression = new(),
            Policy = Policy,
            Now = now,
            TimeZone = "Europe/Lisbon",
        };

    static ConsentLedger Yes()
    {
        var consent = new ConsentLedger();
        consent.Record(1, "email", "*", true, 1);
        return consent;
    }

    static MessageLedger Sent(params long[] times)
    {
        var ledger = new MessageLedger();
        foreach (var time in times)
            ledger.Dispatched(Guid.NewGuid(), "other", time);
        return ledger;
    }

    [Fact]
    public void Where_nothing_speaks_against_it_a_message_is_sent_at_its_time()
    {
        Arbiter
            .Decide(CartLeft(), Calm())
            .ShouldSatisfyAllConditions(
                v => v.Sends.ShouldBeTrue(),
                v => v.NotBefore.ShouldBe(Noon),
                v => v.Reason.ShouldBe(Withheld.None)
            );
        Arbiter.Decide(CartLeft(Noon - Hour / 2), Calm()).NotBefore.ShouldBe(Noon + Hour / 2);
    }

    [Fact]
    public void In_quiet_hours_it_waits_for_the_morning()
    {
        var night = Noon + 11 * Hour;
        Arbiter.Decide(CartLeft(night - 2 * Hour), Calm(now: night)).NotBefore.ShouldBe(Noon + 20 * Hour);
    }

    [Fact]
    public void A_message_that_would_be_of_no_use_in_the_morning_is_withheld()
    {
        var night = Noon + 11 * Hour;
        var verdict = Arbiter.Decide(CartLeft(night - 3 * Day + Hour), Calm(now: night));
        verdict.Reasons.ShouldBe([Withheld.QuietHours]);
        verdict.RetryAt.ShouldBeNull();
    }

    [Fact]
    public void Every_reason_is_told_the_weightiest_first()
    {
        var consent = new ConsentLedger();
        var situation = Calm(Sent(Noon - Day, Noon - 2 * Day, Noon - 3 * Day)) with { Address = null, Consent = consent };
        Arbiter
            .Decide(CartLeft() with { StillApplies = false, HasContent = false }, situation)
            .Reasons.ShouldBe([
                Withheld.NoLongerApplies,
                Withheld.NoAddress,
                Withheld.NoConsent,
                Withheld.NothingToOffer,
                Withheld.CapReached,
            ]);
    }

    [Fact]
    public void A_fourth_marketing_message_in_thirty_days_waits_until_the_first_is_thirty_days_old()
    {
        var verdict = Arbiter.Decide(
            CartLeft() with
            {
                Expires = Noon + 60 * Day,
            },
            Calm(Sent(Noon - 29 * Day, Noon - 5 * Day, Noon - 2 * Day))
        );
        verdict.Reasons.ShouldBe([Withheld.CapReached]);
        verdict.RetryAt.ShouldBe(Noon + Day);
        Arbiter.Decide(CartLeft(), Calm(Sent(Noon - 30 * Day, Noon - 5 * Day, Noon - 2 * Day))).Sends.ShouldBeTrue();
    }

    [Fact]
    public void The_same_content_comes_once_in_fourteen_days()
    {
        var ledger = new MessageLedger();
        ledger.Dispatched(Guid.NewGuid(), Cart.Id, Noon - 13 * Day);
        Arbiter.Decide(CartLeft(), Calm(ledger)).Reasons.ShouldBe([Withheld.SameContentTooSoon]);
        Arbiter.Decide(CartLeft(), Calm(ledger, Noon)).RetryAt.ShouldBe(Noon + Day);
        Arbiter.Decide(Churn.IntentFor(7, "w", Noon, 1), Calm(ledger)).Sends.ShouldBeTrue();
    }

    [Fact]
    public void A_message_handed_over_is_never_sent_again()
    {
        var (intent, ledger) = (CartLeft(), new MessageLedger());
        ledger.Dispatched(intent.Message, Cart.Id, Noon - 300 * Day);
        ledger.Withheld(intent.Message, Cart.Id, Noon);
        Arbiter
            .Decide(intent, Calm(ledger))
            .ShouldSatisfyAllConditions(v => v.Sends.ShouldBeFalse(), v => v.RetryAt.ShouldBeNull());
    }

    [Fact]
    public void Its_own_place_in_the_outbox_does_not_stand_in_a_messages_way()
    {
        var (intent, ledger) = (CartLeft(), new MessageLedger());
        ledger.Queued(intent.Message, Cart.Id, Noon);
        Arbiter.Decide(intent, Calm(ledger)).Sends.ShouldBeTrue();
        Arbiter.Decide(CartLeft(Noon - 3 * Hour), Calm(ledger)).Reasons.ShouldBe([Withheld.SameContentTooSoon]);
    }

    [Fact]
    public void Of_five_eligible_messages_the_most_valuable_goes_and_the_others_are_superseded()
    {
        var playbooks = Enumerable.Range(0, 5).Select(i => Churn with { Id = $"p{i}" }).ToArray();
        var situation = Calm() with { Policy = Policy with { Playbooks = playbooks } };
        var intents = playbooks.Select((playbook, i) => playbook.IntentFor(7, "w", Noon, i == 3 ? 900 : 100 + i)).ToArray();
        var verdicts = Arbiter.Choose(intents, situation);
        verdicts[3].Sends.ShouldBeTrue();
        foreach (var i in new[] { 0, 1, 2, 4 })
        {
            verdicts[i].Reasons.ShouldBe([Withheld.Superseded]);
            verdicts[i].RetryAt.ShouldBe(Noon + Day);
        }
    }

    [Fact]
    public void A_message_that_is_not_due_yet_does_not_hold_up_one_that_is()
    {
        var verdicts = Arbiter.Choose([CartLeft(Noon - Hour / 2, value: 900), Churn.IntentFor(7, "w", Noon, 1)], Calm());
        verdicts[0].NotBefore.ShouldBe(Noon + Hour / 2);
        verdicts[1].NotBefore.ShouldBe(Noon);
    }

    [Fact]
    public void A_message_that_is_no_marketing_competes_with_none_and_knows_no_overall_cap()
    {
        var service = Churn with { Id = "service", Marketing = false };
        var situation = Calm(Sent(Noon - 1, Noon - 2, Noon - 3)) with
        {
            Policy = Policy with { Playbooks = [.. Policy.Playbooks, service] },
        };
        var verdicts = Arbiter.Choose([service.IntentFor(7, "a", Noon, 1), CartLeft()], situation);
        verdicts[0].Sends.ShouldBeTrue();
        verdicts[1].Reasons.ShouldBe([Withheld.CapReached]);
    }

    [Fact]
    public void The_winner_does_not_depend_on_the_order_of_the_intents() =>
        Prop.ForAll(Gen.Choose(0, 3).ArrayOf(4).ToArbitrary(), values =>
            {
                var intents = values.Select((value, i) => (Churn with { Id = $"p{i}" }).IntentFor(7, "w", Noon, value)).ToArray();
                var forward = Arbiter.Choose(intents, Calm());
                var backward = Arbiter.Choose([.. intents.Reverse()], Calm());
                forward.Count(v => v.Sends).ShouldBe(1);
                forward.Select(v => v.Sends).ShouldBe(backward.Reverse().Select(v => v.Sends));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void No_sequence_of_occasions_exceeds_a_cap() =>
        Prop.ForAll(Gen.Choose(0, 40).ArrayOf(120).ToArbitrary(), steps =>
            {
                var policy = Policy with { QuietHours = QuietHours.None };
                var ledger = new MessageLedger();
                var sent = new List<(long Time, string Playbook)>();
                var now = Noon;
                for (var i = 0; i < steps.Length; i++)
                {
                    now += steps[i] * Hour;
                    var playbook = i % 3 == 0 ? Churn : Cart;
                    var intent = playbook.IntentFor(7, $"{i}", now - 2 * Hour, i);
                    if (!Arbiter.Decide(intent, Calm(ledger, now) with { Policy = policy }).Sends)
                    {
                        ledger.Withheld(intent.Message, playbook.Id, now);
                        continue;
                    }
                    ledger.Queued(intent.Message, playbook.Id, now);
                    if (steps[i] % 4 == 1)
                        continue; // Left in the outbox for ever.
                    ledger = Reloaded(ledger);
                    ledger.Dispatched(intent.Message, playbook.Id, now);
                    sent.Add((now, playbook.Id));
                }
                foreach (var (time, playbook) in sent)
                {
                    sent.Count(other => other.Time > time - 30 * Day && other.Time <= time).ShouldBeLessThanOrEqualTo(3);
                    if (playbook == Cart.Id)
                        sent.Count(other => other.Playbook == playbook && other.Time > time - 14 * Day && other.Time <= time)
                            .ShouldBeLessThanOrEqualTo(1);
                }
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_full_ledger_forgets_what_was_withheld_first_and_then_errs_on_the_side_of_silence()
    {
        var ledger = new MessageLedger();
        var sent = Guid.NewGuid();
        ledger.Dispatched(sent, "other", Noon - Day);
        for (var i = 0; i < 200; i++)
            ledger.Withheld(Guid.NewGuid(), "other", Noon - 100 + i);
        ledger.Count.ShouldBe(MessageLedger.Capacity);
        ledger.StateOf(sent).ShouldBe(MessageState.Dispatched);
        Arbiter.Decide(CartLeft(), Calm(ledger)).Sends.ShouldBeTrue();
        for (var i = 0; i < 200; i++)
            ledger.Dispatched(Guid.NewGuid(), "service", Noon - 1_000 + i);
        Arbiter.Decide(CartLeft(), Calm(Reloaded(ledger))).Sends.ShouldBeFalse();
    }

    static MessageLedger Reloaded(MessageLedger ledger)
    {
        using var bytes = new ByteWriter();
        ledger.Save(bytes);
        var reader = new ByteReader(bytes.Written);
        var loaded = MessageLedger.Load(ref reader);
        reader.AtEnd.ShouldBeTrue();
        return loaded;
    }

    [Fact]
    public void A_hard_bounce_closes_an_address_and_no_other()
    {
        var situation = Calm();
        situation.Suppression.Apply(
            Happened(EventKind.MessageBounced, "{\"bounce_type\":\"Soft\"}"),
            "ana@shop.test",
            situation.Consent
        );
        Arbiter.Decide(CartLeft(), situation).Sends.ShouldBeTrue();
        situation.Suppression.Apply(
            Happened(EventKind.MessageBounced, "{\"status\":\"5.1.1\"}"),
            "Ana@shop.test",
            situation.Consent
        );
        Arbiter.Decide(CartLeft(), situation).Reasons.ShouldBe([Withheld.NoConsent]);
        Arbiter.Decide(CartLeft(), situation with { Address = "ana@elsewhere.test" }).Sends.ShouldBeTrue();
    }

    [Fact]
    public void A_spam_complaint_closes_the_channel_until_the_person_opts_in_again()
    {
        var situation = Calm();
        situation.Suppression.Apply(
            Happened(EventKind.MessageMarkedAsSpam, null) with
            {
                Reference = "e-3",
            },
            null,
            situation.Consent
        );
        Arbiter.Decide(CartLeft(), situation with { Address = "ana@elsewhere.test" }).Reasons.ShouldBe([Withheld.NoConsent]);
        situation.Consent.Record(1, "email", "reminders", true, Noon + 1);
        Arbiter.Decide(CartLeft(), situation).Sends.ShouldBeTrue();
    }

    static Tracked Happened(EventKind kind, string? properties) =>
        new()
        {
            Kind = kind,
            Name = 1,
            Time = Noon,
            Label = "soft-launch",
            Personal = new() { Properties = properties },
        };

    [Fact]
    public void A_message_id_is_the_same_for_the_same_occasion_and_another_for_any_other()
    {
        MessageId.For(7, "abandoned-cart", "c1").ShouldBe(new Guid("cf06851f-cba7-87d9-aacc-7eab23a9613f"));
        MessageId.For(7, "a", "bc").ShouldNotBe(MessageId.For(7, "ab", "c"));
        MessageId.For(7, "a", "b").ShouldNotBe(MessageId.For(8, "a", "b"));
    }

    [Fact]
    public void A_control_group_is_for_good_and_has_about_its_share()
    {
        var half = Cart with { Holdout = 0.25 };
        Enumerable.Range(0, 10_000).Count(customer => half.HoldsOut(customer)).ShouldBeInRange(2_300, 2_700);
        var all = Cart with { Holdout = 1 };
        Enumerable.Range(0, 100).ShouldAllBe(customer => !Cart.HoldsOut(customer) && all.HoldsOut(customer));
    }
}

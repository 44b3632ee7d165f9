using FsCheck;
using FsCheck.Fluent;
using Personalization.Codec;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R05 and complaint 18: what was allowed is never widened by finding out that two names are one person.</summary>
public class ConsentLedgerTests
{
    const long Ana = 1,
        Cookie = 2,
        Phone = 3;

    static ConsentLedger Ledger(params Action<ConsentLedger>[] said)
    {
        var ledger = new ConsentLedger();
        foreach (var say in said)
            say(ledger);
        return ledger;
    }

    [Fact]
    public void Nothing_said_means_no() => new ConsentLedger().Allows("email", "reminders").ShouldBeFalse();

    [Fact]
    public void A_grant_counts_for_its_channel_and_topic_only()
    {
        var ledger = Ledger(l => l.Record(Ana, "Email", "Reminders", true, 1));
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Allows("email", "win-back").ShouldBeFalse();
        ledger.Allows("sms", "reminders").ShouldBeFalse();
    }

    [Fact]
    public void A_specific_denial_stands_against_a_general_grant_made_later()
    {
        var ledger = Ledger(l => l.Record(Ana, "email", "win-back", false, 1), l => l.Record(Ana, "email", "*", true, 2));
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Allows("email", "win-back").ShouldBeFalse();
    }

    [Fact]
    public void A_general_denial_takes_back_what_was_granted_before_it_and_not_what_is_granted_after()
    {
        var ledger = Ledger(l => l.Record(Ana, "email", "reminders", true, 1), l => l.Record(Ana, "email", "*", false, 2));
        ledger.Allows("email", "reminders").ShouldBeFalse();
        ledger.Record(Ana, "email", "reminders", true, 3);
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Allows("email", "win-back").ShouldBeFalse();
    }

    [Fact]
    public void A_name_that_said_nothing_adopts_what_the_other_said()
    {
        var ledger = Ledger(l => l.Record(Ana, "email", "*", true, 1), l => l.Link(Ana, Cookie, 2));
        ledger.Allows("email", "reminders").ShouldBeTrue();
    }

    [Fact]
    public void Of_two_that_said_something_the_stricter_wins_whatever_came_first()
    {
        Ledger(
                l => l.Record(Ana, "email", "*", true, 1),
                l => l.Record(Cookie, "email", "*", false, 2),
                l => l.Link(Ana, Cookie, 3)
            )
            .Allows("email", "reminders")
            .ShouldBeFalse();
        Ledger(
                l => l.Record(Cookie, "email", "*", false, 1),
                l => l.Record(Ana, "email", "*", true, 2),
                l => l.Link(Ana, Cookie, 3)
            )
            .Allows("email", "reminders")
            .ShouldBeFalse();
        // Unset is stricter than granted.
        Ledger(
                l => l.Record(Ana, "email", "reminders", true, 1),
                l => l.Record(Cookie, "sms", "*", true, 2),
                l => l.Link(Ana, Cookie, 3)
            )
            .Allows("email", "reminders")
            .ShouldBeFalse();
    }

    [Fact]
    public void What_is_said_after_the_link_counts_for_both_names()
    {
        var ledger = Ledger(
            l => l.Record(Ana, "email", "*", true, 1),
            l => l.Record(Cookie, "email", "*", false, 2),
            l => l.Link(Ana, Cookie, 3)
        );
        ledger.Record(Ana, "email", "*", true, 4);
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Record(Cookie, "email", "reminders", false, 5);
        ledger.Allows("email", "reminders").ShouldBeFalse();
    }

    [Fact]
    public void Names_that_were_never_linked_must_all_allow()
    {
        var ledger = Ledger(l => l.Record(Ana, "email", "*", true, 1), l => l.Record(Cookie, "email", "win-back", false, 9));
        ledger.Allows("email", "reminders").ShouldBeFalse();
        ledger.Record(Cookie, "email", "*", true, 10);
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Allows("email", "win-back").ShouldBeFalse();
    }

    [Fact]
    public void In_whatever_order_and_however_often_facts_arrive_the_answers_are_the_same() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var random = new Random(facts.Length);
                var shuffled = facts.Concat(facts).ToArray();
                random.Shuffle(shuffled);
                Answers(Fold(shuffled)).ShouldBe(Answers(Fold(facts)));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_a_firm_denial_forbids_only_a_firm_grant_allows_again()
    {
        var ledger = Ledger(l => l.Record(Ana, "email", "reminders", false, 1));
        ledger.Record(Ana, "email", "reminders", true, 2, Firmness.Soft);
        ledger.Record(Ana, "email", "*", true, 3, Firmness.Soft);
        ledger.Record(Ana, "email", "reminders", false, 4, Firmness.Soft);
        ledger.Record(Ana, "email", "reminders", true, 5, Firmness.Soft);
        ledger.Allows("email", "reminders").ShouldBeFalse();
        ledger.Record(Ana, "email", "reminders", true, 6, Firmness.Firm, "confirmed");
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Changes().Last().Origin.ShouldBe("confirmed");
    }

    [Fact]
    public void After_a_firm_denial_of_everything_no_soft_word_allows_anything() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var ledger = Fold(facts.Select(fact => fact with { IsFirm = fact.IsFirm && fact.Time < 15 }));
                ledger.Record(0, "email", "*", false, 15);
                for (var name = 1; name <= 5; name++)
                    ledger.Link(0, name, 16);
                foreach (var (channel, topic) in Asked)
                    if (channel == "email")
                        ledger.Allows(channel, topic).ShouldBeFalse();
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_nothing_proves_makes_room_for_what_is_proved()
    {
        var ledger = new ConsentLedger();
        for (var i = 0; i < 500; i++)
            ledger.Record(Cookie, "email", $"topic-{i}", false, i, Firmness.Soft);
        ledger.Record(Ana, "email", "reminders", true, 1_000);
        ledger.Record(Ana, "email", "win-back", false, 1_001);
        ledger.Count.ShouldBeLessThanOrEqualTo(128);
        ledger.Changes().Count(change => change.Time >= 1_000).ShouldBe(2);
    }

    [Fact]
    public void A_join_never_widens() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                // Two customers who share no name, joined now: what either forbids stays forbidden.
                var one = Fold(facts.Where(fact => fact.Name % 2 == 0 && fact.Other % 2 == 0));
                var two = Fold(facts.Where(fact => fact.Name % 2 == 1 && fact.Other % 2 == 1));
                var joined = Fold([]);
                joined.Absorb(one);
                joined.Absorb(two);
                foreach (var linked in new[] { false, true })
                {
                    if (linked)
                        joined.Link(0, 1, 1_000);
                    foreach (var (channel, topic) in Asked)
                    {
                        if (!joined.Allows(channel, topic))
                            continue;
                        (one.Allows(channel, topic) || !one.Changes().Any()).ShouldBeTrue();
                        (two.Allows(channel, topic) || !two.Changes().Any()).ShouldBeTrue();
                    }
                }
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Joining_is_the_same_in_whatever_order_customers_are_joined() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var parts = Enumerable.Range(0, 3).Select(i => facts.Where(fact => fact.Name % 3 == i && !fact.IsLink)).ToArray();
                var left = Merged([.. parts[0], .. parts[1]], [.. parts[2]], [(0, 1), (1, 2)]);
                var right = Merged([.. parts[2]], [.. parts[1], .. parts[0]], [(1, 2), (0, 2)]);
                Answers(left).ShouldBe(Answers(right));

                static ConsentLedger Merged(Said[] one, Said[] two, (long, long)[] links)
                {
                    var ledger = Fold(one);
                    ledger.Absorb(Fold(two));
                    foreach (var (a, b) in links)
                        ledger.Link(a, b, 1_000);
                    return ledger;
                }
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_saved_loads_the_same() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var ledger = Fold(facts);
                var loaded = Reloaded(ledger);
                Answers(loaded).ShouldBe(Answers(ledger));
                loaded.Changes().ShouldBe(ledger.Changes());
                loaded.Count.ShouldBe(ledger.Count);
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Someone_who_changes_their_mind_for_ever_takes_no_more_room_and_is_still_understood()
    {
        var ledger = new ConsentLedger();
        for (var time = 0; time < 1_001; time++)
            ledger.Record(Ana, "email", "*", time % 2 == 0, time);
        ledger.Count.ShouldBeLessThanOrEqualTo(128);
        ledger.Allows("email", "reminders").ShouldBeTrue();
        ledger.Record(Ana, "email", "*", false, 2_000);
        ledger.Allows("email", "reminders").ShouldBeFalse();
    }

    [Fact]
    public void A_flood_of_topics_cannot_drown_a_denial()
    {
        var ledger = new ConsentLedger();
        for (var i = 0; i < 500; i++)
            ledger.Record(Ana, "email", $"topic-{i}", true, i);
        ledger.Count.ShouldBeLessThanOrEqualTo(128);
        ledger.Allows("email", "topic-5").ShouldBeTrue();
        ledger.Record(Ana, "email", "topic-5", false, 1_000);
        ledger.Allows("email", "topic-5").ShouldBeFalse();
        Reloaded(ledger).Allows("email", "topic-6").ShouldBeFalse();
    }

    static ConsentLedger Reloaded(ConsentLedger ledger)
    {
        using var bytes = new ByteWriter();
        ledger.Save(bytes);
        var reader = new ByteReader(bytes.Written);
        var loaded = ConsentLedger.Load(ref reader);
        reader.AtEnd.ShouldBeTrue();
        return loaded;
    }

    public sealed record Said(
        long Name,
        long Other,
        bool IsLink,
        string Channel,
        string Topic,
        bool Granted,
        long Time,
        bool IsFirm
    );

    static readonly (string, string)[] Asked =
    [
        .. from channel in new[] { "email", "sms" }
        from topic in new[] { "*", "reminders", "win-back", "other" }
        select (channel, topic),
    ];

    static readonly Gen<Said[]> Facts = (
        from name in Gen.Choose(0, 5)
        from other in Gen.Choose(0, 5)
        from link in Gen.Frequency((1, Gen.Constant(true)), (4, Gen.Constant(false)))
        from channel in Gen.Elements("email", "sms")
        from topic in Gen.Elements("*", "reminders", "win-back")
        from granted in Gen.Elements(true, true, false)
        from time in Gen.Choose(0, 30)
        from isFirm in Gen.Elements(true, false)
        select new Said(name, link ? other : name, link, channel, topic, granted, time, isFirm)
    ).ArrayOf();

    static ConsentLedger Fold(IEnumerable<Said> facts)
    {
        var ledger = new ConsentLedger();
        foreach (var fact in facts)
            if (fact.IsLink)
                ledger.Link(fact.Name, fact.Other, fact.Time);
            else
                ledger.Record(
                    fact.Name,
                    fact.Channel,
                    fact.Topic,
                    fact.Granted,
                    fact.Time,
                    fact.IsFirm ? Firmness.Firm : Firmness.Soft
                );
        return ledger;
    }

    static Consent[] Answers(ConsentLedger ledger) => [.. Asked.Select(asked => ledger.Answer(asked.Item1, asked.Item2))];
}

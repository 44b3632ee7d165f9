using FsCheck;
using FsCheck.Fluent;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>What is known of an address is a set of facts: neither their order nor their repetition matters.</summary>
public sealed class MailboxTests
{
    static readonly Gen<AddressFact[]> Facts = (
        from topic in Gen.Elements("*", "reminders", "win-back")
        from word in Gen.Frequency(
            (5, Gen.Elements(AddressWord.Denied, AddressWord.Granted)),
            (1, Gen.Constant(AddressWord.Bounced))
        )
        from time in Gen.Choose(1, 20)
        select new AddressFact("email", topic, word, time, "server")
    ).ArrayOf();

    [Fact]
    public void In_whatever_order_and_however_often_facts_arrive_the_answers_are_the_same() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var shuffled = facts.Concat(facts).ToArray();
                new Random(facts.Length).Shuffle(shuffled);
                Answers(Of(shuffled)).ShouldBe(Answers(Of(facts)));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_kept_reads_the_same() =>
        Prop.ForAll(Facts.ToArbitrary(), facts =>
            {
                var mailbox = Of(facts);
                mailbox.Reserve(Guid.NewGuid(), "abandoned-cart", 1_000);
                mailbox.Ask(new(Guid.NewGuid(), "email", "reminders", AskWhen.Always, 1_000));
                var bytes = mailbox.ToBytes();
                var read = Mailbox.Of(bytes);
                Answers(read).ShouldBe(Answers(mailbox));
                read.ToBytes().ShouldBe(bytes);
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_repeated_question_about_the_same_message_has_the_same_answer()
    {
        var mailbox = new Mailbox();
        var request = new OptInRequest(Guid.NewGuid(), "email", "reminders", AskWhen.Always, 1_000);
        mailbox.Ask(request).ShouldBeTrue();
        mailbox.Ask(request with { Now = 2_000 }).ShouldBeTrue();
        mailbox.Ask(request with { Message = Guid.NewGuid(), Now = 2_000 }).ShouldBeFalse();
        mailbox.Ask(request with { Message = Guid.NewGuid(), Now = 86_401_000 }).ShouldBeTrue();
    }

    [Fact]
    public void No_number_of_topics_closes_it_to_a_later_grant()
    {
        var mailbox = Of(
            from time in Enumerable.Range(1, 5)
            from topic in Enumerable.Range(0, 300)
            select new AddressFact("email", $"topic {topic}", (AddressWord)((time + 1) % 2), time, "signed")
        );
        mailbox.Refuses("email", "topic 299").ShouldBeTrue();
        foreach (var topic in new[] { "*", "reminders" })
            mailbox.Record(new("email", topic, AddressWord.Granted, 10, "server"));
        mailbox.Allows("email", "reminders").ShouldBeTrue();
        mailbox.Refuses("email", "topic 0").ShouldBeTrue("that was denied by its name");
    }

    [Fact]
    public void A_later_grant_opens_an_address_that_bounced()
    {
        var mailbox = Of([
            new("email", "*", AddressWord.Granted, 1, "server"),
            new("email", "*", AddressWord.Bounced, 2, "server"),
        ]);
        mailbox.Refuses("email", "*").ShouldBeTrue();
        mailbox.Record(new("email", "*", AddressWord.Granted, 3, "server"));
        (mailbox.Refuses("email", "*"), mailbox.Allows("email", "*")).ShouldBe((false, true));
    }

    [Fact]
    public void Only_what_forbids_outlives_an_erasure()
    {
        var grants = Of([
            new("email", "*", AddressWord.Denied, 1, "server"),
            new("email", "*", AddressWord.Granted, 2, "server"),
        ]);
        grants.Forget();
        grants.IsEmpty.ShouldBeTrue();
        var both = Of([
            new("email", "reminders", AddressWord.Granted, 1, "server"),
            new("email", "win-back", AddressWord.Denied, 1, "server"),
        ]);
        both.Forget();
        (both.Allows("email", "reminders"), both.Refuses("email", "win-back")).ShouldBe((false, true));
    }

    [Theory]
    [InlineData(" Ada@Example.ORG ", "ada@example.org")]
    [InlineData("ada@bücher.example", "ada@xn--bcher-kva.example")]
    [InlineData("ADA@BÜCHER.example.", "ada@xn--bcher-kva.example")]
    public void An_address_has_one_spelling(string written, string normal)
    {
        AddressKeys.Normal(written).ShouldBe(normal);
        var keys = new AddressKeys(new byte[32]);
        keys.KeyOf("email", written).ShouldBe(keys.KeyOf("email", normal));
        keys.KeyOf("sms", written).ShouldNotBe(keys.KeyOf("email", normal));
        new AddressKeys([.. Enumerable.Repeat((byte)1, 32)]).KeyOf("email", normal).ShouldNotBe(keys.KeyOf("email", normal));
    }

    static Mailbox Of(IEnumerable<AddressFact> facts)
    {
        var mailbox = new Mailbox();
        foreach (var fact in facts)
            mailbox.Record(fact);
        return mailbox;
    }

    static bool[] Answers(Mailbox mailbox) =>
        [
            .. from topic in new[] { "*", "reminders", "win-back", "other" }
            from answer in new[] { mailbox.Allows("email", topic), mailbox.Refuses("email", topic) }
            select answer,
        ];
}

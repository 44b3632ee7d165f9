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

using Personalization.Keys;
using Personalization.Outreach;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

/// <summary>One way of signing for every token: what was touched, issued for another purpose or by another shop opens nothing.</summary>
public sealed class SignedTokenTests
{
    static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(300)]
    public void A_token_gives_back_what_was_signed(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var token = new SignedToken(Secret, "one");
        token.Read(token.Issue(payload)).ShouldBe(length == 0 ? null : payload);
    }

    [Fact]
    public void A_token_that_was_touched_anywhere_opens_nothing()
    {
        var signed = new SignedToken(Secret, "one");
        var token = signed.Issue("a payload"u8);
        for (var i = 0; i < token.Length; i++)
            foreach (var other in "Ab0-_.= ")
                if (other != token[i])
                    signed.Read(token[..i] + other + token[(i + 1)..]).ShouldBeNull($"{other} at {i}");
        signed.Read(token + "=").ShouldBeNull();
        signed.Read(" " + token).ShouldBeNull();
        signed.Read(token.AsSpan(..^1)).ShouldBeNull();
    }

    [Fact]
    public void A_purpose_or_a_shop_opens_no_token_of_another()
    {
        var token = new SignedToken(Secret, "one").Issue("a payload"u8);
        new SignedToken(Secret, "two").Read(token).ShouldBeNull();
        new SignedToken(Secret.Reverse().ToArray(), "one").Read(token).ShouldBeNull();
        new SignedToken(Secret, "one").Read(token).ShouldNotBeNull();
    }

    [Fact]
    public void The_shops_own_tokens_do_not_open_each_other()
    {
        var visitor = new VisitorToken(Secret, new TestClock(Now));
        var recommendation = new RecommendationId(Secret);
        var unsubscribe = new UnsubscribeToken(Secret);
        string[] tokens =
        [
            visitor.Issue(Visitor, TimeSpan.FromHours(1)),
            recommendation.Issue(new(1, Placement.Home, Now.ToUnixTimeMilliseconds(), 7)),
            unsubscribe.Issue(new(1, Guid.Empty, "email", "*")),
        ];
        tokens.Count(token => visitor.Read(token) is not null).ShouldBe(1);
        tokens.Count(token => recommendation.Read(token) is not null).ShouldBe(1);
        tokens.Count(token => unsubscribe.TryRead(token, out _)).ShouldBe(1);
    }

    [Fact]
    public void An_answers_id_says_for_whom_where_when_and_by_what_it_was_made()
    {
        var ids = new RecommendationId(Secret);
        var answer = new IssuedAnswer(0x2fff_ffff_ffff_fff1, Placement.Checkout, Now.ToUnixTimeMilliseconds(), 0xdead_beef);
        var id = ids.Issue(answer);
        id.Length.ShouldBe(38);
        ids.Read(id).ShouldBe(answer);
        ids.Read(id[..^1] + (id[^1] == 'A' ? 'E' : 'A')).ShouldBeNull("another signature");
    }

    /// <summary>Ids that stood in pages and messages when the server was renewed.</summary>
    [Fact]
    public void An_answers_id_of_an_older_version_is_read_without_what_made_it()
    {
        byte[] payload = [0, 0, 0, 0, 0, 0, 0, 9, (byte)Placement.Email, 0, 0, 0, 1, 0, 2];
        var old = new SignedToken(Secret, "recommendation", signatureBytes: 9).Issue(payload);
        old.Length.ShouldBe(32);
        new RecommendationId(Secret).Read(old).ShouldBe(new IssuedAnswer(9, Placement.Email, 0x1_0002, 0));
    }

    [Fact]
    public void A_visitors_token_ends_with_its_time()
    {
        var clock = new TestClock(Now);
        var tokens = new VisitorToken(Secret, clock);
        var token = tokens.Issue(Visitor, TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromMinutes(59));
        tokens.Read(token).ShouldBe(Visitor);
        clock.Advance(TimeSpan.FromMinutes(2));
        tokens.Read(token).ShouldBeNull();
    }

    static readonly VisitorPass Visitor = new("u", null, 1, OnlyAnonymous: false);

    [Fact]
    public void A_secret_that_is_too_short_is_refused() =>
        Should.Throw<ArgumentException>(() => new SignedToken(new byte[31], "one"));
}

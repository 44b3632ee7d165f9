using Personalization.Keys;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

public sealed class VisitorTokenTests
{
    static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    [Theory]
    [InlineData("c-1042", null)]
    [InlineData(null, "a-7f3e")]
    [InlineData("ünïcode ⚘", null)]
    public void A_token_opens_for_the_name_it_was_issued_for(string? userId, string? anonymousId)
    {
        var tokens = new VisitorToken(Secret, new Clock());
        tokens.TryRead(tokens.Issue(userId, anonymousId, TimeSpan.FromHours(1)), out var user, out var anonymous).ShouldBeTrue();
        (user, anonymous).ShouldBe((userId, anonymousId));
    }

    [Fact]
    public void A_user_id_and_an_anonymous_id_of_the_same_spelling_are_told_apart()
    {
        var tokens = new VisitorToken(Secret, new Clock());
        tokens.Issue("same", null, TimeSpan.FromHours(1)).ShouldNotBe(tokens.Issue(null, "same", TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_token_that_was_touched_anywhere_opens_nothing()
    {
        var tokens = new VisitorToken(Secret, new Clock());
        var token = tokens.Issue("c-1042", null, TimeSpan.FromHours(1));
        for (var i = 0; i < token.Length - 1; i++)
        {
            var touched = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            tokens.TryRead(touched, out _, out _).ShouldBeFalse($"character {i}");
        }
    }

    [Fact]
    public void A_token_ends_with_its_time()
    {
        var clock = new Clock();
        var tokens = new VisitorToken(Secret, clock);
        var token = tokens.Issue("c-1042", null, TimeSpan.FromHours(1));
        clock.Now += TimeSpan.FromMinutes(61);
        tokens.TryRead(token, out _, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not a token")]
    [InlineData("AAAA")]
    public void What_is_no_token_opens_nothing(string? text) =>
        new VisitorToken(Secret, new Clock()).TryRead(text, out _, out _).ShouldBeFalse();
}

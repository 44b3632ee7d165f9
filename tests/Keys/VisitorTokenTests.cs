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
    [InlineData("c-1042", null, false)]
    [InlineData(null, "a-7f3e", true)]
    [InlineData("ünïcode ⚘", null, false)]
    public void A_token_opens_for_whom_it_was_issued(string? userId, string? anonymousId, bool onlyAnonymous)
    {
        var tokens = new VisitorToken(Secret, new Clock());
        var pass = new VisitorPass(userId, anonymousId, 4711, onlyAnonymous);
        tokens.Read(tokens.Issue(pass, TimeSpan.FromHours(1))).ShouldBe(pass);
    }

    [Fact]
    public void A_user_id_and_an_anonymous_id_of_the_same_spelling_are_told_apart()
    {
        var tokens = new VisitorToken(Secret, new Clock());
        tokens
            .Issue(new VisitorPass("same", null, 1, false), TimeSpan.FromHours(1))
            .ShouldNotBe(tokens.Issue(new VisitorPass(null, "same", 1, false), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_token_that_was_touched_anywhere_opens_nothing()
    {
        var tokens = new VisitorToken(Secret, new Clock());
        var token = tokens.Issue(Ana, TimeSpan.FromHours(1));
        for (var i = 0; i < token.Length - 1; i++)
        {
            var touched = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            tokens.Read(touched).ShouldBeNull($"character {i}");
        }
    }

    [Fact]
    public void A_token_ends_with_its_time()
    {
        var clock = new Clock();
        var tokens = new VisitorToken(Secret, clock);
        var token = tokens.Issue(Ana, TimeSpan.FromHours(1));
        clock.Now += TimeSpan.FromMinutes(61);
        tokens.Read(token).ShouldBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not a token")]
    [InlineData("AAAA")]
    public void What_is_no_token_opens_nothing(string? text) => new VisitorToken(Secret, new Clock()).Read(text).ShouldBeNull();

    static readonly VisitorPass Ana = new("c-1042", null, 4711, OnlyAnonymous: false);
}

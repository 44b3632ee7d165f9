using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>What others wrote stands in messages as one line of plain text.</summary>
public sealed class MessageTextTests
{
    [Theory]
    [InlineData("Zoë")]
    [InlineData("Anne-Marie")]
    [InlineData("O'Neill Jr.")]
    [InlineData("नंदिनी")]
    [InlineData("李")]
    public void A_name_is_shown(string name) => MessageText.Name(name).ShouldBe(name);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("...")]
    [InlineData("You won! Call 0900")]
    [InlineData("see http://evil.example")]
    [InlineData("evil@example.org")]
    [InlineData("Ada\r\nBcc: x")]
    [InlineData("Ada\u202Egnp.exe")]
    [InlineData("claim-it.evil.example")]
    [InlineData("A name that is longer than any first name would be")]
    public void What_is_no_name_is_not(string? text) => MessageText.Name(text).ShouldBe("");

    [Theory]
    [InlineData("Rain jacket", "Rain jacket")]
    [InlineData(" Rain\r\n\tjacket ", "Rain jacket")]
    [InlineData("Rain\u202E jacket\u0007", "Rain jacket")]
    [InlineData(null, "")]
    [InlineData("a title that is too long", "a title th…")]
    public void A_line_is_one_line_of_what_can_be_seen(string? text, string line) =>
        MessageText.Line(text, text?.Length > 22 ? 11 : 40).ShouldBe(line);

    [Fact]
    public void No_character_is_cut_in_two() => MessageText.Line("1234567890😀😀", 12).ShouldBe("1234567890…");
}

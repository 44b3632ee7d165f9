using System.Net;
using Personalization.Languages;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

public sealed class MessageComposerTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("templates").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static readonly Guid Message = new("6f1c7c52-7f0e-8a44-9a51-0d3c2f6b7e01");

    static MessageModel Model =>
        new()
        {
            ShopName = "Rain & Shine",
            ShopUrl = "https://shop.test/",
            UnsubscribeUrl = "https://shop.test/u/abc",
            FirstName = "Ana <b>",
            CartUrl = "https://shop.test/cart",
            Cart =
            [
                new()
                {
                    Title = "Rain jacket",
                    Price = MessageProduct.PriceText(399_000, "EUR", NumberStyle.Of("en")),
                    Quantity = 2,
                },
            ],
            Recommendations =
            [
                new()
                {
                    Title = "Hat \"Sunny\" <script>",
                    Price = "12.50 EUR",
                    Reason = "because you viewed Rain jacket",
                    Url = MessageProduct.Link("https://shop.test/hat?color=red", Message, "abandoned-cart", "rec-1"),
                    Image = "https://shop.test/hat.png",
                },
                new() { Title = "Boots" },
            ],
        };

    [Theory]
    [InlineData("abandoned-cart")]
    [InlineData("churn-warning")]
    public void Built_in_letters_say_what_the_model_says_in_all_three_parts(string template)
    {
        var message = new MessageComposer(_folder).Compose(template, Model);
        message.Subject.ShouldStartWith("Ana <b>, ");
        message.Text.ShouldContain(
            "- Hat \"Sunny\" <script>, 12.50 EUR (because you viewed Rain jacket)\n"
                + "  https://shop.test/hat?color=red&utm_source=personalization"
                + "&utm_medium=email&utm_campaign=abandoned-cart&pid=6f1c7c527f0e8a449a510d3c2f6b7e01&rid=rec-1\n- Boots\n"
        );
        message.Text.ShouldContain("Unsubscribe: https://shop.test/u/abc");
        message.Html.ShouldContain("Hat &quot;Sunny&quot; &lt;script&gt;");
        message.Html.ShouldContain("Ana &lt;b&gt;");
        message.Html.ShouldContain("Rain &amp; Shine");
        WebUtility.HtmlDecode(message.Html).ShouldContain("<a href=\"" + Model.Recommendations[0].Url + "\"");
        message.Html.ShouldContain("because you viewed Rain jacket");
        message.Html.ShouldContain("href=\"https://shop.test/u/abc\"");
        WebUtility.HtmlDecode(message.Html).ShouldContain("<img src=\"https://shop.test/hat.png\" alt=\"\"");
        message.Html.ShouldNotContain("<script>");
        message.Html.ShouldNotContain("{{");
        message.Html.ShouldStartWith("<!doctype html>");
    }

    [Fact]
    public void The_cart_letter_lists_the_cart()
    {
        var message = new MessageComposer(_folder).Compose("abandoned-cart", Model);
        message.Text.ShouldContain("- Rain jacket x 2, €39.90\n");
        message.Html.ShouldContain("Rain jacket");
        message.Html.ShouldContain("€39.90");
    }

    [Fact]
    public void A_person_without_a_first_name_is_greeted_without()
    {
        var message = new MessageComposer(_folder).Compose(
            "abandoned-cart",
            Model with
            {
                FirstName = "",
                Recommendations = [],
                CartUrl = "",
            }
        );
        message.Subject.ShouldBe("Your cart is still here");
        message.Text.ShouldStartWith("Hello,\n");
        message.Text.ShouldNotContain("go well with it");
    }

    [Fact]
    public void Built_in_letters_have_no_problems() =>
        new MessageComposer(_folder).Problems(["abandoned-cart", "churn-warning"]).ShouldBeEmpty();

    [Fact]
    public void A_file_of_the_shop_takes_the_place_of_the_built_in_one_and_is_read_again_when_it_changes()
    {
        var composer = new MessageComposer(_folder);
        var file = Path.Combine(_folder, "abandoned-cart.subject.hbs");
        File.WriteAllText(file, "Ours for {{firstName}}\n");
        composer.Compose("abandoned-cart", Model).Subject.ShouldBe("Ours for Ana <b>");
        File.WriteAllText(file, "Another");
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
        composer.Compose("abandoned-cart", Model).Subject.ShouldBe("Another");
        File.Delete(file);
        composer.Compose("abandoned-cart", Model).Subject.ShouldEndWith("your cart is still here");
    }

    [Fact]
    public void An_unknown_word_is_an_error_that_names_the_template_and_the_line()
    {
        File.WriteAllText(Path.Combine(_folder, "abandoned-cart.text.hbs"), "Hello\n\n{{fristName}}\n");
        var error = Should.Throw<TemplateException>(() => new MessageComposer(_folder).Compose("abandoned-cart", Model));
        error.Message.ShouldContain("abandoned-cart.text.hbs");
        error.Message.ShouldContain("line 3");
        error.Message.ShouldContain("fristName");
    }

    [Fact]
    public void A_broken_template_is_an_error_that_names_the_template_and_the_line()
    {
        File.WriteAllText(Path.Combine(_folder, "abandoned-cart.html.hbs"), "Hello\n{{#if firstName}}\nno end\n");
        var problem = new MessageComposer(_folder).Problems(["abandoned-cart"]).ShouldHaveSingleItem();
        problem.ShouldContain("abandoned-cart.html.hbs");
        problem.ShouldContain("line 2");
    }

    [Fact]
    public void A_template_that_does_not_exist_is_named() =>
        new MessageComposer(_folder).Problems(["birthday"]).ShouldHaveSingleItem().ShouldContain("birthday.subject.hbs");

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    [InlineData(null)]
    public void A_letter_links_to_web_pages_only(string? url) => MessageProduct.Link(url, Message, "x").ShouldBeEmpty();

    [Theory]
    [InlineData(0, "EUR", "en", "")]
    [InlineData(399_000, "EUR", "en", "€39.90")]
    [InlineData(12_345_000, "EUR", "de-DE", "1.234,50_€")]
    [InlineData(12_345_000, "EUR", "fr", "1~234,50_€")]
    [InlineData(399_000, "EUR", "nl", "€_39,90")]
    [InlineData(399_000, "CHF", "de-CH", "CHF_39.90")]
    [InlineData(399_000, "USD", "zh-Hant-TW", "$39.90")]
    [InlineData(12_000_000, "JPY", "en", "JPY_1,200")]
    [InlineData(-399_000, "PLN", "pl-PL", "-39,90_zł")]
    [InlineData(399_000, "SEK", null, "SEK_39.90")]
    public void Prices_are_written_as_their_reader_writes_them(long amount, string currency, string? locale, string text) =>
        MessageProduct
            .PriceText(amount, currency, NumberStyle.Of(locale))
            .ShouldBe(text.Replace('_', '\u00a0').Replace('~', '\u202f'));
}

using Personalization.Events;
using Personalization.Ingestion;
using Personalization.Outreach;
using Personalization.Tracking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Ingestion;

/// <summary>What means one thing is read as that, and what means two is not read (field/04, 07, 08, 19, 33, 40).</summary>
public class ReadingTests
{
    [Theory]
    [InlineData("1,250.00", 1250, "")]
    [InlineData("1.250,00", 1250, "")]
    [InlineData("1 250,00", 1250, "")]
    [InlineData("1\u00a0250,00", 1250, "")]
    [InlineData("1'250.00", 1250, "")]
    [InlineData("1’250.00", 1250, "")]
    [InlineData("12,34,567.50", 1234567.5, "")]
    [InlineData("1,250,000", 1250000, "")]
    [InlineData("€ 1.250,00", 1250, "EUR")]
    [InlineData("EUR 12,50", 12.5, "EUR")]
    [InlineData("12,50 €", 12.5, "EUR")]
    [InlineData("$1,250.00", 1250, "")]
    [InlineData("12.50USD", 12.5, "USD")]
    [InlineData("CHF 1'250.-", 1250, "CHF")]
    [InlineData("0,375", 0.375, "")]
    [InlineData("1250,500", 1250.5, "")]
    [InlineData("１２．５０", 12.5, "")]
    [InlineData("-12,50", -12.5, "")]
    [InlineData("(12.50)", -12.5, "")]
    public void An_amount_as_a_shop_prints_it(string text, double value, string currency)
    {
        AmountText.Read(text, out var read, out var beside).ShouldBe(NumberReading.Read);
        read.ShouldBe((decimal)value);
        beside.ToString().ShouldBe(currency);
    }

    [Theory]
    [InlineData("1,250", NumberReading.Ambiguous)]
    [InlineData("1.250", NumberReading.Ambiguous)]
    [InlineData("€1.250", NumberReading.Ambiguous)]
    [InlineData("a lot", NumberReading.NotANumber)]
    [InlineData("", NumberReading.NotANumber)]
    [InlineData("12,50,3", NumberReading.NotANumber)]
    [InlineData("1.25.000,00,0", NumberReading.NotANumber)]
    [InlineData("12-50", NumberReading.NotANumber)]
    [InlineData("€", NumberReading.NotANumber)]
    public void An_amount_of_two_meanings_or_none(string text, NumberReading expected) =>
        AmountText.Read(text, out _, out _).ShouldBe(expected);

    [Theory]
    [InlineData("2026-03-02T10:00:27.318:Z", "2026-03-02T10:00:27.318Z")]
    [InlineData("2026-03-02 10:00:27", "2026-03-02T10:00:27Z")]
    [InlineData("2026-03-02T10:00:27,318+0200", "2026-03-02T08:00:27.318Z")]
    [InlineData("2026-03-02T10:00:27+02", "2026-03-02T08:00:27Z")]
    [InlineData("2026-03-02T10:00:27 -03:30", "2026-03-02T13:30:27Z")]
    [InlineData("2026-03-02T10:00Z[UTC]", "2026-03-02T10:00:00Z")]
    [InlineData("2026-03-02T11:00:00+01:00[Europe/Paris]", "2026-03-02T10:00:00Z")]
    [InlineData("2026-03-02 10:00:27 UTC", "2026-03-02T10:00:27Z")]
    [InlineData("2026/3/2 9:05 pm", "2026-03-02T21:05:00Z")]
    [InlineData("2026-03-02T24:00:00Z", "2026-03-03T00:00:00Z")]
    [InlineData("20260302T100027Z", "2026-03-02T10:00:27Z")]
    [InlineData("20260302", "2026-03-02T00:00:00Z")]
    [InlineData("Mon, 02 Mar 2026 10:00:27 GMT", "2026-03-02T10:00:27Z")]
    [InlineData("Mon Mar 02 2026 10:00:27 GMT+0100 (Central European Standard Time)", "2026-03-02T09:00:27Z")]
    [InlineData("1772442027", "2026-03-02T09:00:27Z")]
    [InlineData("1772442027318", "2026-03-02T09:00:27.318Z")]
    [InlineData("1772442027318000", "2026-03-02T09:00:27.318Z")]
    [InlineData("1772442027.318", "2026-03-02T09:00:27.318Z")]
    public void A_time_that_means_one_time(string text, string expected)
    {
        TimeText.TryRead(text, out var time).ShouldBeTrue();
        DateTimeOffset.FromUnixTimeMilliseconds(time).ShouldBe(DateTimeOffset.Parse(expected));
    }

    [Theory]
    [InlineData("02/03/2026")]
    [InlineData("yesterday")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("2026-03-02T10:00:00 CET")]
    [InlineData("2026-03-02T10:00:00[Europe/Paris]")]
    [InlineData("2026")]
    [InlineData("0")]
    public void A_time_that_means_two_or_none(string text) => TimeText.TryRead(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("sam@example.test ", "sam@example.test")]
    [InlineData("\u00a0\u200bsam@example.test\t", "sam@example.test")]
    [InlineData("mailto:sam@example.test", "sam@example.test")]
    [InlineData("Sam Lee <sam@example.test>", "sam@example.test")]
    public void A_bare_address(string text, string expected)
    {
        MailAddressText.TryRead(text, out var address).ShouldBeTrue();
        address.ShouldBe(expected);
    }

    [Theory]
    [InlineData("sam")]
    [InlineData("sam@")]
    [InlineData("sam@example.test, sue@example.test")]
    [InlineData("sam @example.test")]
    public void No_address(string text) => MailAddressText.TryRead(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("Pacific Standard Time", -8)]
    [InlineData("+02:00", 2)]
    [InlineData("UTC+2", 2)]
    [InlineData("GMT-0530", -5.5)]
    [InlineData("Asia/Tokyo", 9)]
    public void A_zone_in_another_spelling(string name, double hours)
    {
        TimeZoneNames.TryFind(name, out var zone).ShouldBeTrue();
        zone.GetUtcOffset(new DateTimeOffset(2026, 1, 15, 0, 0, 0, TimeSpan.Zero)).TotalHours.ShouldBe(hours);
    }

    [Theory]
    [InlineData("home")]
    [InlineData("+99:00")]
    [InlineData("")]
    public void A_zone_that_nobody_can_read(string name) => TimeZoneNames.IsKnown(name).ShouldBeFalse();

    [Fact]
    public void Part_of_a_piece_is_one_piece_worth_its_share()
    {
        Pieces.Of(1.4m, 32_000).ShouldBe(new(1, 44_800));
        Pieces.Of(2.0m, 32_000).ShouldBe(new(2, 32_000));
        Pieces.Of(0.5m, 0).ShouldBe(new(1, 0));
    }

    [Theory]
    [InlineData("Tea &amp; Cake &gt; d&#8217;été", "Tea & Cake > d’été")]
    [InlineData("R&D; fish & chips < 5", "R&D; fish & chips < 5")]
    [InlineData("&amp;lt;", "&lt;")]
    public void Entities_are_decoded_once(string text, string expected) => HtmlText.Decode(text).ShouldBe(expected);

    [Theory]
    [InlineData("None")]
    [InlineData("(null)")]
    [InlineData("\"null\"")]
    [InlineData("[object Object]")]
    [InlineData("[object Undefined]")]
    [InlineData("{{user.id}}")]
    [InlineData("${userId}")]
    [InlineData("%user_id%")]
    [InlineData("0.0")]
    [InlineData("<none>")]
    public void A_name_of_nobody(string name) => NamesOfNobody.Contains(name).ShouldBeTrue();

    [Theory]
    [InlineData("nullius")]
    [InlineData("guest-17")]
    [InlineData("None Such")]
    [InlineData("user {{7}}")]
    [InlineData("100%")]
    [InlineData("(ana)")]
    public void A_name_that_only_contains_such_a_word(string name) => NamesOfNobody.Contains(name).ShouldBeFalse();

    [Theory]
    [InlineData("order_completed", EventKind.OrderCompleted)]
    [InlineData("orderCompleted", EventKind.OrderCompleted)]
    [InlineData("PRODUCT-VIEWED", EventKind.ProductViewed)]
    [InlineData("Order Complete", EventKind.Other)]
    public void An_event_however_its_words_are_joined(string name, EventKind kind) => EventNames.KindOf(name).ShouldBe(kind);

    [Theory]
    [InlineData("Order Complete", "Order Completed")]
    [InlineData("Prodct Viewed", "Product Viewed")]
    [InlineData("Size Guide Opened", null)]
    public void The_nearest_known_event(string name, string? known) => EventNames.Nearest(name).ShouldBe(known);

    [Theory]
    [InlineData("Ana Ünal <ana@shop.test>", "Aaa Aaaa <aaa@aaaa.aaaa>")]
    [InlineData("€ 1.250,00", "€ 9.999,99")]
    public void The_shape_of_a_value_says_nothing_of_it(string value, string shape) => ValueShape.Of(value).ShouldBe(shape);
}

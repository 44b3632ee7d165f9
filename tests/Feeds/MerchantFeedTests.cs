using System.Text;
using Personalization.Catalogue;
using Personalization.Feeds;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Feeds;

/// <summary>Google Merchant's feeds as shops write them (R87).</summary>
public sealed class MerchantFeedTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-03-02T09:00:00Z");

    const string Rss = """
        <?xml version="1.0"?>
        <rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://shop.test</link>
        <item>
          <g:id>m-1</g:id><title><![CDATA[Rain & jacket]]></title><g:description>Dry.</g:description>
          <link>https://shop.test/m-1</link><g:image_link>https://shop.test/m-1.jpg</g:image_link>
          <g:price>49.90 EUR</g:price><g:sale_price>39.90 EUR</g:sale_price>
          <g:sale_price_effective_date>2026-03-01T00:00Z/2026-03-09T00:00Z</g:sale_price_effective_date>
          <g:cost_of_goods_sold>19.95 EUR</g:cost_of_goods_sold><g:brand>Orvo</g:brand>
          <g:availability>in_stock</g:availability><g:item_group_id>jackets</g:item_group_id>
          <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
          <g:google_product_category>5598</g:google_product_category><g:product_type>Clothing &gt; Jackets</g:product_type>
        </item>
        <item><g:id>m-2</g:id><title>Boots</title><g:price>EUR 1.299,00</g:price><g:availability>out of stock</g:availability></item>
        <item><title>Nameless</title></item>
        <item><g:id>m-3</g:id><title>Hat</title><link>javascript:alert(1)</link><g:price>1,299.50 USD</g:price></item>
        </channel></rss>
        """;

    const string Atom = """
        <feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
        <entry><g:id>m-1</g:id><title>Rain jacket</title><link href="https://shop.test/m-1"/><g:price>39,90 EUR</g:price></entry>
        <entry><g:id>m-2</g:id><title>Boots</title><author><name>Bo</name></author></entry></feed>
        """;

    readonly List<string> _left = [];

    List<(string Id, ProductPatch Patch)> Read(string feed) =>
        [
            .. new MerchantFeed(Now, (kind, field) => _left.Add($"{kind} {field}")).Read(
                new MemoryStream(Encoding.UTF8.GetBytes(feed))
            ),
        ];

    [Fact]
    public void A_feed_of_RSS_names_what_is_sold_and_what_cannot_be_used_costs_its_field_alone()
    {
        var products = Read(Rss);
        products.Select(one => one.Id).ShouldBe(["m-1", "m-2", "m-3"]);
        var jacket = products[0].Patch;
        (jacket.Title, jacket.Price, jacket.Currency, jacket.Margin).ShouldBe(("Rain & jacket", 39.90m, "EUR", 0.5m));
        jacket.Category.ShouldBe(["Clothing", "Jackets"]);
        jacket.Attributes!["compare_at_price"].ShouldBe("49.90");
        jacket.Attributes["item_group_id"].ShouldBe("jackets");
        jacket.Clear.ShouldBe(ProductFields.Stock);
        products[1].Patch.Stock.ShouldBe(0);
        (products[2].Patch.Price, products[2].Patch.Url).ShouldBe((1299.50m, null));
        _left.ShouldBe(["not-a-product-field id", "not-a-product-field url"]);
    }

    [Fact]
    public void A_sale_that_is_over_is_no_price() =>
        Read(Rss.Replace("2026-03-09", "2026-03-02"))[0].Patch.Price.ShouldBe(49.90m);

    [Fact]
    public void A_feed_of_Atom_and_a_table_say_the_same()
    {
        var atom = Read(Atom);
        (atom[0].Patch.Url, atom[0].Patch.Price, atom[1].Patch.Title).ShouldBe(("https://shop.test/m-1", 39.90m, "Boots"));
        var table = Read(
            "id\ttitle\tlink\tprice\tg:image link\nm-1\tRain jacket\thttps://shop.test/m-1\t39.90 EUR\thttps://shop.test/1.jpg\n"
        );
        (table[0].Patch.Url, table[0].Patch.Price, table[0].Patch.ImageUrl).ShouldBe(
            ("https://shop.test/m-1", 39.90m, "https://shop.test/1.jpg")
        );
    }

    [Theory]
    [InlineData("<!DOCTYPE rss [<!ENTITY a \"b\">]><rss><channel><item><id>&a;</id></item></channel></rss>")]
    [InlineData("<html><body>Not found</body>")]
    [InlineData("Sorry\nnothing here\n")]
    [InlineData("")]
    public void What_is_no_feed_is_refused(string text) => Should.Throw<InvalidDataException>(() => Read(text));

    [Fact]
    public void What_stands_before_a_break_is_taken()
    {
        var taken = new List<string>();
        Should.Throw<InvalidDataException>(() =>
        {
            var broken = new MemoryStream(Encoding.UTF8.GetBytes(Rss[..Rss.IndexOf("<g:id>m-2", StringComparison.Ordinal)]));
            foreach (var (id, _) in new MerchantFeed(Now, (_, _) => { }).Read(broken))
                taken.Add(id);
        });
        taken.ShouldBe(["m-1"]);
    }
}

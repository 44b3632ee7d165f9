using Personalization.Hosting;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>Messages link to the shop's hosts alone, with whole addresses.</summary>
public sealed class OwnAddressTests
{
    static readonly ShopConfiguration Shop = new()
    {
        Url = "https://shop.test/en/",
        PublicUrl = "https://api.example",
        Hosts = ["cdn.test"],
    };

    [Theory]
    [InlineData("/shop/product/p-001", "https://shop.test/shop/product/p-001")]
    [InlineData("hat.html", "https://shop.test/en/hat.html")]
    [InlineData("https://img.cdn.test/hat.png", "https://img.cdn.test/hat.png")]
    [InlineData("https://elsewhere.test/hat", null)]
    [InlineData("//elsewhere.test/hat", null)]
    [InlineData("data:image/svg+xml,a", null)]
    [InlineData("http://[", null)]
    public void An_address_without_a_host_is_the_storefronts_and_one_elsewhere_is_none(string told, string? own) =>
        Shop.OwnAddressOf(told).ShouldBe(own);
}

using System.Net;
using Personalization.Feeds;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Feeds;

/// <summary>A feed's address, and where it redirects to, does not lead into the server's own network (R87).</summary>
public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.20.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("93.184.216.34", true)]
    [InlineData("::ffff:93.184.216.34", true)]
    [InlineData("2606:2800:220:1::1", true)]
    public void Only_addresses_of_the_public_network_are_public(string address, bool isPublic) =>
        PublicAddresses.IsPublic(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Fact]
    public async Task A_private_address_is_refused_when_it_is_connected_to_also_behind_a_name()
    {
        using var source = new FeedSource(allowPrivate: false);
        foreach (var host in new[] { "127.0.0.1", "localhost", "[::1]" })
        {
            var refused = await Should.ThrowAsync<HttpRequestException>(() =>
                source.FetchAsync($"http://{host}:9/feed", null, null, default)
            );
            (refused.InnerException ?? refused).Message.ShouldContain("Catalogue:AllowPrivateFeeds");
        }
    }
}

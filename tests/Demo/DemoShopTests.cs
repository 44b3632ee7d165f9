using Personalization.Demo;
using Personalization.Hosting;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Demo;

public sealed class DemoShopTests
{
    [Fact]
    public async Task A_shop_that_is_not_a_demo_does_not_become_one()
    {
        using var directory = new TempDirectory();
        await using (var shop = await TestServer.StartAsync(directory.Path))
            await shop.PostAsync("/v1/track", """{"userId":"ana","event":"Product Viewed","properties":{"product_id":"p1"}}""");

        var options = new ServerOptions { Data = directory.Path, Urls = "http://127.0.0.1:0" };
        var refused = await Should.ThrowAsync<ArgumentException>(() => DemoShop.RunAsync(options, 1, 10, default));
        refused.Message.ShouldBe($"{directory.Path} holds a shop that is not a demo; give demo a directory of its own.");
    }
}

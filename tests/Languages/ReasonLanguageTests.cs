using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Languages;

/// <summary>Reasons are in the language of who reads them (R86, R92).</summary>
public sealed class ReasonLanguageTests(SharedServer shared) : IClassFixture<SharedServer>
{
    const string Traditional = "您最近瀏覽過",
        Simplified = "您最近浏览过",
        InEnglish = "you viewed this recently";

    TestServer Server => shared.Server;

    [Fact]
    public async Task The_language_asked_for_comes_first_then_the_browsers_then_the_customers_then_the_shops()
    {
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"rl-1","event":"Product Viewed","context":{"locale":"zh-CN"},"properties":{"product_id":"rl-p"}}"""
        );
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"rl-2","event":"Product Viewed","context":{"locale":"xx"},"properties":{"product_id":"rl-p"}}"""
        );
        (await ReasonAsync("&anonymousId=rl-1&language=zh-HK")).ShouldBe((Traditional, "zh-Hant", ""));
        (await ReasonAsync("&anonymousId=rl-1", accept: "en")).ShouldBe((Simplified, "zh-Hans", "")); // a server's own header
        (await ReasonAsync("&anonymousId=rl-1&language=fr")).ShouldBe((Simplified, "zh-Hans", ""));
        (await ReasonAsync("&anonymousId=rl-2")).ShouldBe((InEnglish, "en", ""));
        var token = (await Server.PostAsync("/v1/visitor-tokens", """{"anonymousId":"rl-1"}"""))
            .Body.GetProperty("token")
            .GetString();
        (await ReasonAsync("", "zh-TW, en;q=0.5", token)).ShouldBe((Traditional, "zh-Hant", "Accept-Language"));
        (await ReasonAsync("&language=en", "zh-TW", token)).ShouldBe((InEnglish, "en", "Accept-Language"));
    }

    [Fact]
    public async Task What_is_no_language_is_refused()
    {
        var (status, problem) = await Server.GetAsync("/v1/recommendations?language=_");
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, "language"));
    }

    async Task<(string Text, string Language, string Vary)> ReasonAsync(string query, string? accept = null, string? token = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{Server.Url}/v1/recommendations?placement=recently-viewed{query}"
        );
        if (token is null)
            request.Headers.Authorization = Server.Http.DefaultRequestHeaders.Authorization;
        else
            request.Headers.Add("X-Visitor-Token", token);
        if (accept is not null)
            request.Headers.Add("Accept-Language", accept);
        using var client = new HttpClient();
        using var answer = await client.SendAsync(request);
        var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return (
            body.GetProperty("items")[0].GetProperty("reason").GetProperty("text").GetString()!,
            answer.Content.Headers.ContentLanguage.Single(),
            string.Join(',', answer.Headers.Vary.Where(name => name != "Origin"))
        );
    }
}

using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Personalization.Widget;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Browser;

/// <summary>R86: recommendations that a shop shows by one element, in the demonstration shop and a real browser.</summary>
public sealed class WidgetTests(DemoFixture demo) : IClassFixture<DemoFixture>
{
    const string Cookie = "personalization",
        Home = "personal-recommendations[placement=home]";

    [Fact]
    public void The_script_is_smaller_than_ten_kilobytes() => WidgetEndpoint.Size.ShouldBeLessThan(10 * 1024);

    [NeedsChromiumFact]
    public async Task Recommendations_change_after_a_click_and_tell_why()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await OpenAsync(visitor, "/shop");
        var before = await TitlesAsync(page, Home);
        before.Count.ShouldBe(8);

        await page.Locator(Home).Locator("a").First.ClickAsync();
        await page.WaitForURLAsync("**/shop/product/**");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put in the cart" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It is in your cart.")).ToBeVisibleAsync();

        await page.GotoAsync(demo.Url + "/shop");
        var after = await TitlesAsync(page, Home);
        after.ShouldNotBe(before);
        after.ShouldNotContain(before[0]);
        (await page.Locator(Home).Locator("[part=reason]").AllInnerTextsAsync()).ShouldContain(text => text.Contains(before[0]));
        (await TitlesAsync(page, "personal-recommendations[placement=recently-viewed]"))[0].ShouldBe(before[0]);
    }

    [NeedsChromiumFact]
    public async Task A_cart_is_filled_ordered_and_told_by_the_shops_server()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await OpenAsync(visitor, "/shop");
        await page.Locator(Home).Locator("a").Nth(2).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Put in the cart" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It is in your cart.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Cart" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Order" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Thank you.")).ToBeVisibleAsync();

        var customer = await CustomerAsync(visitor);
        customer.GetProperty("orders").GetInt32().ShouldBe(1);
    }

    [NeedsChromiumFact]
    public async Task It_sets_one_cookie_speaks_to_its_own_host_alone_and_reports_no_error()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        var elsewhere = new List<string>();
        var errors = new List<string>();
        page.Request += (_, request) =>
        {
            if (
                !request.Url.StartsWith(demo.Url, StringComparison.Ordinal)
                && !request.Url.StartsWith("data:", StringComparison.Ordinal)
            )
                elsewhere.Add(request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        await page.GotoAsync(demo.Url + "/shop");
        await LoadedAsync(page, Home);

        (await visitor.CookiesAsync()).ShouldHaveSingleItem().Name.ShouldBe(Cookie);
        elsewhere.ShouldBeEmpty();
        errors.ShouldBeEmpty();
    }

    [NeedsChromiumFact]
    public async Task Nothing_moves_while_it_loads()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        await page.AddInitScriptAsync(
            """
            globalThis.shift = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) globalThis.shift += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            """
        );
        await page.GotoAsync(demo.Url + "/shop/category?path=Outdoor");
        await LoadedAsync(page, Home);
        (await page.EvaluateAsync<double>("globalThis.shift")).ShouldBeLessThan(0.01);
    }

    [NeedsChromiumFact]
    public async Task Axe_finds_nothing_on_any_page_of_the_shop_wide_and_narrow()
    {
        foreach (var width in (int[])[1280, 390])
        {
            await using var visitor = await demo.Chromium.VisitorAsync(width: width);
            var page = await OpenAsync(visitor, "/shop");
            var product = await page.Locator(Home).Locator("a").First.GetAttributeAsync("href");
            foreach (
                var path in (string[])["/shop", product!, "/shop/cart", "/shop/category?path=Outdoor", "/shop/search?q=rain"]
            )
            {
                await page.GotoAsync(new Uri(new Uri(demo.Url), path).AbsoluteUri);
                await LoadedAsync(page, "personal-recommendations");
                var found = await page.RunAxe(
                    new AxeRunOptions
                    {
                        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] },
                    }
                );
                found
                    .Violations.SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id}: {node.Html}"))
                    .ShouldBeEmpty($"{path} at {width}");
            }
        }
    }

    [NeedsChromiumFact]
    public async Task Where_the_server_does_not_answer_the_shops_own_list_is_shown_or_nothing()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        await page.RouteAsync("**/v1/**", route => route.AbortAsync());
        await page.GotoAsync(demo.Url + "/shop");
        await Assertions.Expect(page.Locator(Home)).ToBeHiddenAsync();
        await page.EvaluateAsync(
            """
            const list = document.createElement("personal-recommendations");
            list.id = "own";
            list.innerHTML = "<p>The shop's own choice</p>";
            document.querySelector("main").append(list);
            """
        );
        await Assertions.Expect(page.GetByText("The shop's own choice")).ToBeVisibleAsync();
    }

    /// <summary>Lists of ad blockers name well-known hosts and paths; a path of the shop's own is on none.</summary>
    [NeedsChromiumFact]
    public async Task It_works_behind_a_path_of_the_shops_own()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        await page.RouteAsync("**/fresh/**", async route =>
        {
            var request = route.Request;
            using var call = new HttpRequestMessage(new HttpMethod(request.Method), request.Url.Replace("/fresh/", "/"));
            if (request.PostDataBuffer is { } body)
                call.Content = new ByteArrayContent(body);
            foreach (var (name, value) in request.Headers)
                if (!call.Headers.TryAddWithoutValidation(name, value))
                    call.Content?.Headers.TryAddWithoutValidation(name, value);
            call.Headers.AcceptEncoding.Clear();
            using var answer = await new HttpClient().SendAsync(call);
            await route.FulfillAsync(
                new RouteFulfillOptions
                {
                    Status = (int)answer.StatusCode,
                    ContentType = answer.Content.Headers.ContentType?.ToString(),
                    BodyBytes = await answer.Content.ReadAsByteArrayAsync(),
                }
            );
        });
        await page.RouteAsync(demo.Url + "/v1/**", route => route.AbortAsync());
        await page.RouteAsync("**/page", route => route.FulfillAsync(
                new RouteFulfillOptions
                {
                    ContentType = "text/html",
                    Body = """
                    <!doctype html><html lang="en"><title>A page</title>
                    <script src="/fresh/widget.js" data-write-key="demo-write" defer></script>
                    <personal-recommendations placement="home"></personal-recommendations></html>
                    """,
                }
            ));
        await page.GotoAsync(demo.Url + "/page");
        (await TitlesAsync(page, Home)).Count.ShouldBe(6);
    }

    [NeedsChromiumFact]
    public async Task It_speaks_the_languages_of_the_page()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await OpenAsync(visitor, "/shop");
        foreach (var (language, heading) in ((string, string)[])[("zh-Hans", "为您推荐"), ("zh-TW", "為您推薦")])
        {
            await page.EvaluateAsync(
                "language => { document.documentElement.lang = language; personalization.refresh(); }",
                language
            );
            await Assertions.Expect(page.Locator(Home).Locator("h2")).ToHaveTextAsync(heading);
        }
    }

    [NeedsChromiumFact]
    public async Task Before_consent_it_asks_nothing_and_stores_nothing()
    {
        await using var visitor = await demo.Chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        await page.RouteAsync("**/page", route => route.FulfillAsync(
                new RouteFulfillOptions
                {
                    ContentType = "text/html",
                    Body = """
                    <!doctype html><html lang="en"><title>A page</title>
                    <script src="/widget.js" data-write-key="demo-write" data-start="manual" defer></script>
                    <personal-recommendations placement="home"></personal-recommendations></html>
                    """,
                }
            ));
        var asked = 0;
        page.Request += (_, request) => asked += request.Url.Contains("/v1/", StringComparison.Ordinal) ? 1 : 0;
        await page.GotoAsync(demo.Url + "/page");
        await page.WaitForTimeoutAsync(500);
        asked.ShouldBe(0);
        (await visitor.CookiesAsync()).ShouldBeEmpty();

        await page.EvaluateAsync("personalization.start()");
        (await TitlesAsync(page, Home)).Count.ShouldBe(6);
    }

    async Task<IPage> OpenAsync(IBrowserContext visitor, string path)
    {
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(demo.Url + path);
        await LoadedAsync(page, Home);
        return page;
    }

    static Task LoadedAsync(IPage page, string list) => page.Locator(list).Locator("a").First.WaitForAsync();

    static async Task<IReadOnlyList<string>> TitlesAsync(IPage page, string list)
    {
        await LoadedAsync(page, list);
        return await page.Locator(list).First.Locator("[part=title]").AllInnerTextsAsync();
    }

    async Task<JsonElement> CustomerAsync(IBrowserContext visitor)
    {
        var cookie = (await visitor.CookiesAsync()).Single().Value;
        var id = JsonDocument.Parse(Uri.UnescapeDataString(cookie)).RootElement.GetProperty("id").GetString();
        return JsonDocument.Parse(await demo.Api.GetStringAsync($"/v1/customers/{id}")).RootElement.Clone();
    }
}

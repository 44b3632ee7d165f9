using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>Consent, bounces and caps hold for the address, on whatever profile it stands.</summary>
public sealed class AddressTests
{
    const string Shared = "ada@example.org";

    static readonly string Then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");

    [Fact]
    public async Task Who_unsubscribes_gets_no_message_by_another_profile_either_also_after_a_restart()
    {
        using var data = new TempDirectory();
        await using (var server = await TestServer.StartAsync(data.Path, settings: SentMessages.Eager))
        {
            await ConsentAsync(server, "one", Shared);
            await ConsentAsync(server, "two", " ADA@EXAMPLE.org");
            await LeaveCartAsync(server, "one");
            var message = (await SentMessages.OfAsync(server, 1)).Single();
            var click = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
            (await server.Http.PostAsync(message.Unsubscribe(), click)).EnsureSuccessStatusCode();
        }
        await using (var server = await TestServer.StartAsync(data.Path, settings: SentMessages.Eager))
        {
            await LeaveCartAsync(server, "two");
            (await OutcomeAsync(server, "two")).ShouldBe("no-consent");
            await ConsentAsync(server, "three", "eve@example.org");
            await LeaveCartAsync(server, "three");
            (await SentMessages.OfAsync(server, 2))[1]["To"].ShouldContain("eve@example.org");
            (await ReasonsAsync(server, "two")).ShouldBe(["no-consent"]);
        }
    }

    [Fact]
    public async Task The_shops_server_takes_an_address_back_for_every_profile()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", Shared);
        await ConsentAsync(server, "two", Shared);
        await SayAsync(server, "one", granted: false);
        await SayAsync(server, "one", granted: true);
        await LeaveCartAsync(server, "two");
        (await SentMessages.OfAsync(server, 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_address_that_bounced_is_written_to_by_no_profile()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", Shared);
        await ConsentAsync(server, "two", Shared);
        await server.PostAsync("/v1/track", """{"userId":"one","event":"Email Bounced"}""");
        await LeaveCartAsync(server, "two");
        (await OutcomeAsync(server, "two")).ShouldBe("no-consent");
        SentMessages.Now(server).ShouldBeEmpty();
    }

    [Fact]
    public async Task Caps_count_what_any_profile_sent_to_the_address()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", Shared);
        await ConsentAsync(server, "two", Shared);
        await LeaveCartAsync(server, "one");
        await SentMessages.OfAsync(server, 1);
        await LeaveCartAsync(server, "two");
        (await OutcomeAsync(server, "two")).ShouldBe("same-content-too-soon");
        SentMessages.Now(server).Length.ShouldBe(1);
    }

    [Fact]
    public async Task An_erasure_keeps_what_the_address_forbids_and_says_so()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", Shared);
        await ConsentAsync(server, "quiet", "eve@example.org");
        await SayAsync(server, "one", granted: false);
        (await EraseAsync(server, "quiet"))
            .GetProperty("kept")
            .TryGetProperty("addresses", out _)
            .ShouldBeFalse("it forbade nothing");
        (await EraseAsync(server, "one")).GetProperty("kept").GetProperty("addresses").GetInt64().ShouldBe(1);
        await ConsentAsync(server, "two", Shared, isGranted: false);
        await server.PostAsync(
            "/v1/track",
            """{"anonymousId":"stranger","event":"Subscribed","properties":{"email":"ada@example.org"}}""",
            TestServer.WriteKey
        );
        (
            await server.Services.GetRequiredService<IStore>().ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_claimed_withdrawal_or_bounce_touches_no_address_of_others()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "ada", Shared);
        foreach (var what in new[] { "Unsubscribed", "Email Bounced", "Email Marked as Spam" })
            await server.PostAsync(
                "/v1/batch",
                $$"""
                {"batch":[{"type":"identify","anonymousId":"stranger","traits":{"email":"{{Shared}}"} },
                {"type":"track","anonymousId":"stranger","event":"{{what}}","context":{"traits":{"email":"{{Shared}}"} } }]}
                """,
                TestServer.WriteKey
            );
        await LeaveCartAsync(server, "ada");
        (await SentMessages.OfAsync(server, 1)).Single()["To"].ShouldContain(Shared);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proved_user_says_nothing_about_addresses_of_others(bool isNamed)
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "ada", Shared);
        await SignedAsync(server, "mallory", "identify", $$""" "traits":{"email":"{{Shared}}"} """);
        var named = isNamed ? $$""" ,"properties":{"email":"{{Shared}}"} """ : "";
        foreach (var what in new[] { "Unsubscribed", "Email Bounced", "Email Marked as Spam" })
            await SignedAsync(server, "mallory", "track", $"\"event\":\"{what}\"{named}");
        await LeaveCartAsync(server, "ada");
        (await SentMessages.OfAsync(server, 1)).Single()["To"].ShouldContain(Shared);
    }

    [Theory]
    [InlineData("/v1/track", """{"userId":"mallory","event":"Subscribed","timestamp":"THEN"}""")]
    [InlineData("/v1/customers/mallory/consent", """{"granted":true,"topic":"reminders"}""")]
    public async Task What_the_shops_server_grants_a_user_opens_no_address_that_only_a_browser_named(string path, string grant)
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await SignedAsync(server, "mallory", "identify", $$""" "traits":{"email":"{{Shared}}"},"timestamp":"{{Then}}" """);
        await server.PostAsync(path, grant.Replace("THEN", Then));
        await LeaveCartAsync(server, "mallory");
        (await OutcomeAsync(server, "mallory")).ShouldBe("no-consent");
        (await SentMessages.OfAsync(server, 1)).ShouldHaveSingleItem()["Subject"].ShouldContain("confirm");
    }

    [Fact]
    public async Task An_address_that_a_proved_user_names_is_sent_the_question_alone_until_it_agrees()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await SignedAsync(server, "mallory", "identify", $$""" "traits":{"email":"{{Shared}}"},"timestamp":"{{Then}}" """);
        await SignedAsync(server, "mallory", "track", $$""" "event":"Subscribed","timestamp":"{{Then}}" """);
        await LeaveCartAsync(server, "mallory");
        (await OutcomeAsync(server, "mallory")).ShouldBe("no-consent");
        var question = (await SentMessages.OfAsync(server, 1)).ShouldHaveSingleItem();
        question["Subject"].ShouldContain("confirm");
    }

    [Fact]
    public async Task Who_confirmed_their_address_in_the_browser_withdraws_it_there_for_every_profile()
    {
        var settings = new Dictionary<string, string?>(SentMessages.Eager) { ["Tracking:TrustWriteKey"] = "true" };
        await using var server = await TestServer.StartAsync(settings: settings);
        await BrowserAsync(server, "identify", $$""" "traits":{"email":"{{Shared}}"},"timestamp":"{{Then}}" """);
        await BrowserAsync(server, "track", $$""" "event":"Subscribed","timestamp":"{{Then}}" """);
        var question = (await SentMessages.OfAsync(server, 1)).Single();
        var yes = new FormUrlEncodedContent([new("answer", "yes")]);
        (await server.Http.PostAsync(question.Confirmation(), yes)).EnsureSuccessStatusCode();
        await LeaveCartAsync(server, "one");
        (await SentMessages.OfAsync(server, 2))[1].Words().ShouldContain("cart");
        await ConsentAsync(server, "two", Shared);
        await BrowserAsync(server, "track", "\"event\":\"Unsubscribed\"");
        await LeaveCartAsync(server, "two");
        (await OutcomeAsync(server, "two")).ShouldBe("no-consent");

        static Task BrowserAsync(TestServer server, string type, string rest) =>
            server.PostAsync($"/v1/{type}", $$"""{"userId":"one",{{rest}} }""", TestServer.WriteKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"properties\":{\"email\":\"ada@example.org\"}")]
    public async Task A_withdrawal_is_one_of_the_address_it_was_meant_for(string named)
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", Shared);
        await ConsentAsync(server, "two", Shared);
        await server.PostAsync(
            "/v1/batch",
            $$"""
            {"batch":[{"type":"track","userId":"one","event":"Unsubscribed"{{named}} },
            {"type":"identify","userId":"one","traits":{"email":"new@example.org"} }]}
            """
        );
        await LeaveCartAsync(server, "two");
        (await OutcomeAsync(server, "two")).ShouldBe("no-consent");
    }

    [Fact]
    public async Task A_bounce_is_one_of_the_address_that_the_mailer_names()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await ConsentAsync(server, "one", "new@example.org");
        await ConsentAsync(server, "two", "new@example.org");
        await ConsentAsync(server, "three", Shared);
        await server.PostAsync(
            "/v1/track",
            $$"""{"userId":"one","event":"Email Bounced","properties":{"email":"{{Shared}}"} }"""
        );
        await LeaveCartAsync(server, "three");
        (await OutcomeAsync(server, "three")).ShouldBe("no-consent");
        await LeaveCartAsync(server, "one");
        (await SentMessages.OfAsync(server, 1)).Single()["To"].ShouldContain("new@example.org");
    }

    static async Task SignedAsync(TestServer server, string user, string type, string rest) =>
        (
            await server.PostAsync(
                $"/v1/{type}",
                $$"""{"userId":"{{user}}",{{rest}},"context":{"userToken":"{{UserTokenOf.Of(user)}}"} }""",
                TestServer.WriteKey
            )
        ).Status.ShouldBe(200);

    static async Task ConsentAsync(TestServer server, string user, string address, bool isGranted = true)
    {
        await server.PostAsync(
            "/v1/identify",
            $$"""{"userId":"{{user}}","timestamp":"{{Then}}","traits":{"email":"{{address}}"} }"""
        );
        if (isGranted)
            await server.PostAsync("/v1/track", $$"""{"userId":"{{user}}","event":"Subscribed","timestamp":"{{Then}}"}""");
    }

    static async Task SayAsync(TestServer server, string user, bool granted) =>
        (
            await server.PostAsync(
                $"/v1/customers/{user}/consent",
                $$"""{"granted":{{(granted ? "true" : "false")}},"topic":"*"}"""
            )
        ).Status.ShouldBe(204);

    static async Task LeaveCartAsync(TestServer server, string user)
    {
        await server.PutAsync("/v1/products", """{"id":"p1","title":"Rain jacket","price":89,"stock":4}""");
        await server.PostAsync(
            "/v1/track",
            $$"""{"userId":"{{user}}","timestamp":"{{Then}}","event":"Product Added","properties":{"product_id":"p1","price":89} }"""
        );
    }

    static async Task<JsonElement> EraseAsync(TestServer server, string user)
    {
        var answer = await server.Http.DeleteAsync($"/v1/customers/{user}");
        return JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Waits until the message about the user's cart was decided against; why.</summary>
    static async Task<string> OutcomeAsync(TestServer server, string user)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            if (await ReasonsAsync(server, user) is [var reason, ..])
                return reason;
            await Task.Delay(20);
        }
        throw new TimeoutException("No message was withheld within ten seconds.");
    }

    /// <summary>The reasons in the customer's journal.</summary>
    static async Task<string[]> ReasonsAsync(TestServer server, string user)
    {
        var store = server.Services.GetRequiredService<IStore>();
        var customer = (await store.FindNameAsync(NameKind.User, user))!.Customer;
        return
        [
            .. (await store.ReadCustomerAsync(customer))
                .SelectMany(entry => entry.Behaviour())
                .OfType<MessageWithheld>()
                .Select(withheld => withheld.Why.Word()),
        ];
    }
}

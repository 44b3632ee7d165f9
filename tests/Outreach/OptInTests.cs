using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R05, R88: consent that a stranger claims is asked about at its address, and nothing of theirs is in the question.</summary>
public sealed class OptInTests
{
    static readonly string Then = DateTimeOffset.UtcNow.AddMinutes(-120).ToString("O"),
        Later = DateTimeOffset.UtcNow.AddMinutes(-119).ToString("O");

    [Fact]
    public async Task A_strangers_batch_sends_the_question_alone_and_none_of_their_text()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        var batch = $$"""
            {"batch":[
            {"type":"identify","anonymousId":"stranger","timestamp":"{{Then}}","traits":{"email":"victim@example.org","firstName":"You won! http://evil.example"} },
            {"type":"track","anonymousId":"stranger","timestamp":"{{Then}}","event":"Subscribed","properties":{"topic":"Claim your prize at evil.example"} },
            {"type":"track","anonymousId":"stranger","timestamp":"{{Then}}","event":"Product Added","properties":{"product_id":"evil-1","name":"Prize","url":"http://evil.example/","price":1} }
            ]}
            """;
        (await server.PostAsync("/v1/batch", batch, TestServer.WriteKey)).Status.ShouldBe(200);

        var message = (await SentMessages.OfAsync(server, 1)).ShouldHaveSingleItem();
        message["To"].ShouldBe("victim@example.org");
        message.Words().ShouldContain("our messages");
        message.Words().ShouldNotContain("evil");
        message.Words().ShouldNotContain("prize", Case.Insensitive);
        message.Words().ShouldNotContain("won", Case.Insensitive);
        (
            await server.Services.GetRequiredService<IStore>().ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task Opening_the_question_confirms_nothing_and_its_button_does()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await SubscribeAsync(server, "ada", "ada@example.org", "reminders");
        var message = (await SentMessages.OfAsync(server, 1)).Single();
        message.Words().ShouldContain("reminders");
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeFalse();

        var page = await server.Http.GetAsync(message.Confirmation());
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await page.Content.ReadAsStringAsync()).ShouldContain("<button name=\"answer\" value=\"yes\">");
        page.Headers.GetValues("X-Robots-Tag").ShouldBe(["noindex"]);
        (await server.Http.PostAsync(message.Confirmation(), null)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeFalse();

        (await AnswerAsync(server, message, "yes")).ShouldBe(HttpStatusCode.OK);
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeTrue();
        var change = (await server.GetAsync("/v1/customers/ada/consent")).Body.GetProperty("changes")[0];
        change.GetProperty("origin").GetString().ShouldBe("confirmed");
        change.GetProperty("at").GetDateTimeOffset().ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));

        await LeaveCartAsync(server, "anonymousId", "ada");
        (await SentMessages.OfAsync(server, 2))[1].Words().ShouldContain("cart");
    }

    [Fact]
    public async Task An_address_is_asked_once_a_day_on_whatever_profile_and_in_whatever_spelling()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(time: clock, settings: SentMessages.Eager);
        await SubscribeAsync(server, "one", "ada@example.org", "reminders");
        await SentMessages.OfAsync(server, 1);
        await SubscribeAsync(server, "two", " ADA@Example.ORG ", "reminders");
        await SubscribeAsync(server, "one", "ada@example.org", "win-back");
        await SubscribeAsync(server, "other", "eve@example.org", "reminders");
        (await SentMessages.OfAsync(server, 2))
            .Select(message => message["To"])
            .ShouldBe(["ada@example.org", "eve@example.org"], true);
        (await QueuedAsync(server)).ShouldBe(0);

        for (var day = 1; day <= 5; day++)
        {
            clock.Advance(TimeSpan.FromHours(25));
            await SubscribeAsync(server, $"later-{day}", "ada@example.org", "reminders");
            await NothingQueuedAsync(server);
        }
        SentMessages.Now(server).Length.ShouldBe(4, "three to an owner who does not answer, and the one to another");
    }

    [Fact]
    public async Task A_question_whose_template_is_wrong_is_set_aside_and_sent_when_it_is_tried_again()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        var template = Path.Combine(server.Data, "templates", "opt-in.text.hbs");
        Directory.CreateDirectory(Path.GetDirectoryName(template)!);
        await File.WriteAllTextAsync(template, "{{noSuchWord}}");
        await SubscribeAsync(server, "ada", "ada@example.org", "reminders");
        var store = server.Services.GetRequiredService<IStore>();
        for (var tries = 0; await store.ReadQuarantineAsync(QuarantineKind.Message, 0, 10) is []; tries++)
        {
            (tries < 1000).ShouldBeTrue("nothing is set aside within twenty seconds");
            await Task.Delay(20);
        }
        var item = (await server.GetAsync("/v1/quarantine")).Body.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        item.GetProperty("kind").GetString().ShouldBe("message");
        item.GetProperty("reason").GetString()!.ShouldContain("opt-in");
        (await QueuedAsync(server)).ShouldBe(1);

        File.Delete(template);
        (await server.PostAsync("/v1/quarantine/retry", "{}", TestServer.SecretKey)).Status.ShouldBe(200);
        (await SentMessages.OfAsync(server, 1)).ShouldHaveSingleItem()["To"].ShouldBe("ada@example.org");
        (await store.ReadQuarantineAsync(null, 0, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_address_that_wants_nothing_is_not_asked_again()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(time: clock, settings: SentMessages.Eager);
        await SubscribeAsync(server, "one", "ada@example.org", "reminders");
        (await AnswerAsync(server, (await SentMessages.OfAsync(server, 1)).Single(), "no")).ShouldBe(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromDays(40));
        await SubscribeAsync(server, "two", "ada@example.org", "reminders");
        await SubscribeAsync(server, "three", "eve@example.org", "reminders");
        (await SentMessages.OfAsync(server, 2))
            .Select(message => message["To"])
            .ShouldBe(["ada@example.org", "eve@example.org"], true);
        await NothingQueuedAsync(server);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task A_one_click_withdrawal_is_undone_by_a_confirmation_or_the_shops_server_alone(string trustWriteKey)
    {
        var settings = new Dictionary<string, string?>(SentMessages.Eager) { ["Tracking:TrustWriteKey"] = trustWriteKey };
        await using var server = await TestServer.StartAsync(settings: settings);
        await IdentifyAsync(server, "ada", "ada@example.org");
        // The shop has named her device: what its browser says is about her.
        await server.PostAsync("/v1/identify", $$"""{"userId":"ada","anonymousId":"her-phone","timestamp":"{{Then}}"}""");
        await GrantAsync(server, "ada");
        await LeaveCartAsync(server, "userId", "ada");
        var reminder = (await SentMessages.OfAsync(server, 1)).Single();
        var click = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        (await server.Http.PostAsync(reminder.Unsubscribe(), click)).EnsureSuccessStatusCode();

        await server.PostAsync(
            "/v1/track",
            """{"userId":"ada","anonymousId":"her-phone","event":"Subscribed","properties":{"topic":"reminders","email":"evil@example.org"}}""",
            TestServer.WriteKey
        );
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeFalse();
        var question = (await SentMessages.OfAsync(server, 2))[1];
        question["Subject"].ShouldContain("confirm");
        question["To"].ShouldBe("ada@example.org", "the address that the shop told, not the one of the call");
        (await AnswerAsync(server, question, "yes")).ShouldBe(HttpStatusCode.OK);
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeTrue();

        (
            await server.Http.PostAsync(reminder.Unsubscribe(), new FormUrlEncodedContent([new("scope", "all")]))
        ).EnsureSuccessStatusCode();
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeFalse();
        await GrantAsync(server, "ada");
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_double_opt_in_a_claim_grants_nothing_and_asks_nobody()
    {
        var settings = new Dictionary<string, string?>(SentMessages.Eager) { ["Outreach:OptIn:Enabled"] = "false" };
        await using var server = await TestServer.StartAsync(settings: settings);
        await SubscribeAsync(server, "ada", "ada@example.org", "reminders");
        (await AllowedAsync(server, "ada", "reminders")).ShouldBeFalse();
        (await QueuedAsync(server)).ShouldBe(0);
        SentMessages.Now(server).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_confirmation_is_worth_nothing_once_the_profile_has_another_address()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await SubscribeAsync(server, "stranger", "own@example.org", "reminders");
        var message = (await SentMessages.OfAsync(server, 1)).Single();
        await server.PostAsync(
            "/v1/identify",
            """{"anonymousId":"stranger","traits":{"email":"victim@example.org"}}""",
            TestServer.WriteKey
        );
        (await AnswerAsync(server, message, "yes")).ShouldBe(HttpStatusCode.Conflict);
        (await AllowedAsync(server, "stranger", "reminders")).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_confirms_an_own_address_gets_no_messages_sent_to_another()
    {
        await using var server = await TestServer.StartAsync(settings: SentMessages.Eager);
        await SubscribeAsync(server, "stranger", "own@example.org", "reminders");
        (await AnswerAsync(server, (await SentMessages.OfAsync(server, 1)).Single(), "yes")).ShouldBe(HttpStatusCode.OK);
        await server.PostAsync(
            "/v1/identify",
            $$"""{"anonymousId":"stranger","timestamp":"{{Later}}","traits":{"email":"victim@example.org"} }""",
            TestServer.WriteKey
        );
        await LeaveCartAsync(server, "anonymousId", "stranger");
        var store = server.Services.GetRequiredService<IStore>();
        var customer = (await store.FindNameAsync(NameKind.Anonymous, "stranger"))!.Customer;
        for (var tries = 0; !await IsWithheldAsync(); tries++)
        {
            (tries < 500).ShouldBeTrue("the message waits for ten seconds");
            await Task.Delay(20);
        }
        SentMessages.Now(server).Length.ShouldBe(1);

        async Task<bool> IsWithheldAsync() =>
            (await store.ReadCustomerAsync(customer))
                .SelectMany(entry => entry.Behaviour())
                .OfType<MessageWithheld>()
                .Any(withheld => withheld.Why == Withheld.NoConsent);
    }

    static async Task SubscribeAsync(TestServer server, string visitor, string address, string topic) =>
        (
            await server.PostAsync(
                "/v1/track",
                $$"""{"anonymousId":"{{visitor}}","timestamp":"{{Then}}","event":"Subscribed","properties":{"topic":"{{topic}}","email":"{{address}}"} }""",
                TestServer.WriteKey
            )
        ).Status.ShouldBe(200);

    static async Task IdentifyAsync(TestServer server, string user, string address) =>
        await server.PostAsync(
            "/v1/identify",
            $$"""{"userId":"{{user}}","anonymousId":"{{user}}-device","timestamp":"{{Then}}","traits":{"email":"{{address}}"} }"""
        );

    static async Task GrantAsync(TestServer server, string user) =>
        (
            await server.PostAsync($"/v1/customers/{user}/consent", """{"granted":true,"topic":"reminders","by":"ben"}""")
        ).Status.ShouldBe(204);

    /// <summary>By the shop's server, two hours ago.</summary>
    static async Task LeaveCartAsync(TestServer server, string kind, string name)
    {
        await server.PutAsync("/v1/products", """{"id":"p1","title":"Rain jacket","price":89,"stock":4}""");
        await server.PostAsync(
            "/v1/track",
            $$"""{"{{kind}}":"{{name}}","timestamp":"{{Then}}","event":"Product Added","properties":{"product_id":"p1","price":89} }"""
        );
    }

    static async Task<HttpStatusCode> AnswerAsync(TestServer server, Mime message, string answer) =>
        (await server.Http.PostAsync(message.Confirmation(), new FormUrlEncodedContent([new("answer", answer)]))).StatusCode;

    static async Task<bool> AllowedAsync(TestServer server, string who, string topic)
    {
        var consents = (await server.GetAsync($"/v1/customers/{who}/consent"))
            .Body.GetProperty("consents")
            .EnumerateArray()
            .ToDictionary(one => one.GetProperty("topic").GetString()!, one => one.GetProperty("granted").GetBoolean());
        return consents.TryGetValue(topic, out var granted) ? granted : consents.GetValueOrDefault("*");
    }

    static async Task<int> QueuedAsync(TestServer server) =>
        (await server.Services.GetRequiredService<IStore>().ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).Count;

    static async Task NothingQueuedAsync(TestServer server)
    {
        for (var tries = 0; await QueuedAsync(server) > 0; tries++)
        {
            (tries < 500).ShouldBeTrue("messages wait for ten seconds");
            await Task.Delay(20);
        }
    }
}

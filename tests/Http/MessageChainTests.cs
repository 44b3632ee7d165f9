using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Support;
using Personalization.Tests.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>From a tracking call to a message in the pickup folder, and from the message's foot back to the customer (R40, R48).</summary>
public sealed partial class MessageChainTests
{
    static readonly Dictionary<string, string?> Eager = new()
    {
        ["Outreach:QuietHours:From"] = "00:00:00",
        ["Outreach:QuietHours:Until"] = "00:00:00",
        ["Outreach:Dispatch:Interval"] = "00:00:00.050",
    };

    [Fact]
    public async Task A_cart_left_becomes_a_letter_and_the_letters_one_click_ends_them()
    {
        await using var server = await TestServer.StartAsync(settings: Eager);
        await server.PutAsync(
            "/v1/products",
            """
            {"id":"p1","title":"Rain jacket","category":"Outdoor","price":89,"stock":4,"image":"/img/p1.png"}
            {"id":"p2","title":"Wool hat","category":"Outdoor","price":19,"stock":9}
            """
        );
        await LeaveCartAsync(server, "ada", consents: true);
        await LeaveCartAsync(server, "eve", consents: false);

        var message = Mime.Parse(await OnlyEmailAsync(server));
        message["To"].ShouldContain("ada@example.org");
        message["List-Unsubscribe-Post"].ShouldBe("List-Unsubscribe=One-Click");
        var parts = message
            .Parts()
            .ToDictionary(part => part.Headers["Content-Type"].Split(';')[0].Trim(), part => part.Content());
        parts.Keys.ShouldBe(["text/plain", "text/html"], ignoreOrder: true);
        foreach (var content in parts.Values)
            content.ShouldContain("Rain jacket");
        parts["text/html"].ShouldContain("<img src=\"http://localhost/img/p1.png\"");
        parts["text/html"].ShouldNotContain("You may also like", customMessage: "nothing is known to go with it");

        var address = AddressOf(message);
        using var mailClient = new HttpClient { BaseAddress = server.Http.BaseAddress };
        (await mailClient.GetAsync(address)).EnsureSuccessStatusCode();
        (await ReminderAllowedAsync(server, "ada")).ShouldBeTrue("opening an address changes nothing");
        var click = await mailClient.PostAsync(address, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
        click.EnsureSuccessStatusCode();
        (await ReminderAllowedAsync(server, "ada")).ShouldBeFalse();
        (await server.GetAsync("/v1/customers/eve")).Body.GetProperty("consents").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task An_order_takes_the_reminder_back_in_the_same_call()
    {
        await using var server = await TestServer.StartAsync(
            settings: new(Eager) { ["Outreach:Dispatch:Interval"] = "01:00:00" }
        );
        await server.PutAsync("/v1/products", """{"id":"p1","title":"Rain jacket","price":89,"stock":4}""");
        await LeaveCartAsync(server, "ada", consents: true);
        var queued = await OnlyMessageAsync(server);
        queued.Playbook.ShouldBe("abandoned-cart");
        var (status, bought) = await server.PostAsync(
            "/v1/track?include=outreach",
            """{"userId":"ada","event":"Order Completed","properties":{"order_id":"o1","total":89,"products":[{"product_id":"p1","price":89}]}}"""
        );
        status.ShouldBe(200);
        var cancelled = bought.GetProperty("outreach").GetProperty("cancelled").EnumerateArray().ShouldHaveSingleItem();
        cancelled.GetProperty("messageId").GetGuid().ShouldBe(queued.Message);
        (await server.Services.GetRequiredService<IStore>().FindOutboxAsync(queued.Message))!.State.ShouldBe(
            OutboxState.Withheld
        );
    }

    [Fact]
    public async Task An_old_letter_of_somebody_erased_still_says_yes_and_writes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/v1/identify", """{"userId":"ada","traits":{"email":"ada@example.org"}}""");
        var store = server.Services.GetRequiredService<IStore>();
        var customer = (await store.FindNameAsync(NameKind.User, "ada"))!.Customer;
        var token = server
            .Services.GetRequiredService<UnsubscribeToken>()
            .Issue(new UnsubscribeRequest(customer, Guid.NewGuid(), "email", "*") { Address = "AAECAwQFBgcICQoLDA0ODw" });
        (await server.Http.DeleteAsync("/v1/customers/ada")).EnsureSuccessStatusCode();
        var entries = (await store.ReadCustomerAsync(customer)).Count;

        var click = await server.Http.PostAsync($"/u/{token}", new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));

        click.EnsureSuccessStatusCode();
        (await store.ReadCustomerAsync(customer)).Count.ShouldBe(entries);
    }

    /// <summary>Somebody who put something into the cart two hours ago and left.</summary>
    static async Task LeaveCartAsync(TestServer server, string who, bool consents)
    {
        var then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");
        await server.PostAsync(
            "/v1/identify",
            $$"""{"userId":"{{who}}","timestamp":"{{then}}","traits":{"email":"{{who}}@example.org"} }"""
        );
        if (consents)
            await server.PostAsync(
                "/v1/track",
                $$"""{"userId":"{{who}}","timestamp":"{{then}}","event":"Subscribed","properties":{"channel":"email"} }"""
            );
        await server.PostAsync(
            "/v1/track",
            $$"""{"userId":"{{who}}","timestamp":"{{then}}","event":"Product Added","properties":{"product_id":"p1","price":89} }"""
        );
    }

    static async Task<OutboxEntry> OnlyMessageAsync(TestServer server)
    {
        var store = server.Services.GetRequiredService<IStore>();
        for (var tries = 0; tries < 500; tries++)
        {
            var queued = await store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10);
            if (queued.Count > 0)
                return queued.ShouldHaveSingleItem();
            await Task.Delay(20);
        }
        throw new TimeoutException("No message was queued within ten seconds.");
    }

    static async Task<string> OnlyEmailAsync(TestServer server)
    {
        var pickup = Path.Combine(server.Data, "pickup");
        for (var tries = 0; tries < 500; tries++)
        {
            if (Directory.Exists(pickup) && Directory.GetFiles(pickup, "*.eml") is { Length: > 0 } files)
                return await File.ReadAllTextAsync(files.ShouldHaveSingleItem());
            await Task.Delay(20);
        }
        throw new TimeoutException("No message came within ten seconds.");
    }

    static async Task<bool> ReminderAllowedAsync(TestServer server, string who)
    {
        var consents = (await server.GetAsync($"/v1/customers/{who}"))
            .Body.GetProperty("consents")
            .EnumerateArray()
            .ToDictionary(
                consent => consent.GetProperty("topic").GetString()!,
                consent => consent.GetProperty("granted").GetBoolean()
            );
        return consents.TryGetValue("reminders", out var reminders) ? reminders : consents["*"];
    }

    /// <summary>Its path: a message names the address that the settings give the shop, and the test's port is known only later.</summary>
    static string AddressOf(Mime message) => new Uri(Address().Match(message["List-Unsubscribe"]).Groups[1].Value).AbsolutePath;

    [GeneratedRegex("<(http[^>]+)>")]
    private static partial Regex Address();
}

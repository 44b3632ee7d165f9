using System.Text.Json;
using Personalization.Support;
using Personalization.Tests.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>What becomes of carts, addresses and bounces in messages: cases of which each has addresses of its own share a server.</summary>
public sealed class MessageTests(MessageTests.Shop shop) : IClassFixture<MessageTests.Shop>
{
    /// <summary>Every case sent, and all messages that came of them.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        /// <summary>The messages, by address.</summary>
        internal ILookup<string, Mime> Messages { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await TestServer.StartAsync(
                settings: new(FieldCase.Letters) { ["Outreach:Dispatch:Interval"] = "00:00:00.050" }
            );
            if (FieldCase.Reason(["14-emptied-cart"]) is not null)
                return;
            await SendAsync(new FieldCase("14-emptied-cart").Calls("calls.ndjson"));
            await SendAsync(Emptied());
            var guest = new FieldCase("15-guest-then-account").Calls("calls.ndjson");
            await SendAsync(guest);
            await SendAsync(Backwards(Of(guest, "gus@", "gil@", "g-1", "g-2", "cust-9", "cust-10")));
            await SendAsync(FilledAfterwards(Of(guest, "gus@", "gerd@", "g-1", "g-3", "cust-9", "cust-11")));
            await SendAsync(BoughtUnderAnotherId());
            await SendAsync(new FieldCase("18-what-a-bounce-says").Calls("calls.ndjson"));
            await SendAsync(new FieldCase("20-quoted-printable").Calls("calls.ndjson"));
            var two = new FieldCase("16-one-address-two-profiles");
            await SendAsync(two.Calls("first.ndjson"));
            var letter = await MessageToAsync("mia@example.test");
            (
                await Server.Http.PostAsync(
                    letter.Unsubscribe(),
                    new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")])
                )
            ).EnsureSuccessStatusCode();
            await SendAsync(two.Calls("second.ndjson"));
            // The last to be sent: when its message is there, the others have had their time.
            await SendAsync(Witness());
            await MessageToAsync("witness@example.test");
            await Task.Delay(1500);
            Messages = Now();
        }

        ILookup<string, Mime> Now() =>
            SentMessages
                .Now(Server)
                .Select(file => Mime.Parse(File.ReadAllText(file)))
                .ToLookup(message => AddressIn(message["To"]));

        async Task<Mime> MessageToAsync(string address)
        {
            for (var tries = 0; tries < 500; tries++, await Task.Delay(50))
                if (Now()[address].FirstOrDefault() is { } message)
                    return message;
            throw new TimeoutException($"There is no message to {address} after 25 seconds.");
        }

        static string AddressIn(string to) => to[(to.LastIndexOf('<') + 1)..].TrimEnd('>').ToLowerInvariant();

        async Task SendAsync(string batch)
        {
            var (status, answer) = await Server.PostAsync("/v1/batch", batch);
            (status, answer.GetProperty("success").GetBoolean()).ShouldBe((200, true), answer.ToString());
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    [FieldFact("14-emptied-cart")]
    public async Task A_cart_that_was_emptied_is_no_abandoned_cart_field_14()
    {
        shop.Messages["e1@example.test"].ShouldBeEmpty();
        await ShouldBeEmptyAsync("e-1");
    }

    [FieldFact("14-emptied-cart")]
    public async Task However_a_cart_is_emptied_it_is_empty_and_nothing_is_left_to_resume_field_14()
    {
        foreach (var way in Ways.Keys)
        {
            shop.Messages[$"{way}@example.test"].ShouldBeEmpty(way);
            await ShouldBeEmptyAsync(way);
        }
    }

    [FieldFact("14-emptied-cart")]
    public void What_is_put_in_after_a_cart_was_emptied_is_a_new_cart_field_14() =>
        shop.Messages["again@example.test"].ShouldHaveSingleItem().Words().ShouldContain("vase");

    [FieldFact("15-guest-then-account")]
    public void Nobody_is_reminded_of_what_was_bought_under_another_profile_with_the_same_address_field_15()
    {
        shop.Messages["gus@example.test"].ShouldBeEmpty();
        shop.Messages["gil@example.test"].ShouldBeEmpty("the calls came in the other order");
    }

    [FieldFact("15-guest-then-account")]
    public void A_cart_filled_after_the_purchase_is_another_matter_field_15() =>
        shop.Messages["gerd@example.test"].ShouldHaveSingleItem();

    [FieldFact("15-guest-then-account")]
    public void Nobody_is_reminded_of_a_cart_that_they_bought_under_other_product_ids_field_15() =>
        shop.Messages["ids@example.test"].ShouldBeEmpty();

    [FieldFact("16-one-address-two-profiles")]
    public void Who_unsubscribed_or_bounced_is_an_address_and_no_profile_field_16()
    {
        shop.Messages["mia@example.test"].ShouldHaveSingleItem();
        shop.Messages["gone@example.test"].ShouldBeEmpty();
    }

    [FieldFact("18-what-a-bounce-says")]
    public void Only_a_bounce_that_says_that_nobody_lives_there_closes_an_address_field_18() =>
        Enumerable.Range(1, 8).Where(i => shop.Messages[$"r{i}@example.test"].Any()).ShouldBe([1, 2, 3, 4, 5, 6]);

    [FieldFact("20-quoted-printable")]
    public void Line_ends_of_a_text_are_line_ends_and_it_reads_as_meant_field_20()
    {
        var message = shop.Messages["q1@example.test"].ShouldHaveSingleItem();
        foreach (var part in message.Parts())
        {
            part.Body.ShouldNotContain("=0D");
            part.Body.ShouldNotContain("=0A");
            part.Body.Split("\r\n").ShouldAllBe(line => line.Length <= 76);
        }
        message.Words().ShouldContain("Stück № 1 = 50 %");
        message.Words().ShouldContain("Zoë");
    }

    async Task ShouldBeEmptyAsync(string who)
    {
        var (_, customer) = await shop.Server.GetAsync($"/v1/customers/{who}");
        customer.GetProperty("cart").GetArrayLength().ShouldBe(0, who);
        customer.TryGetProperty("draftOrder", out _).ShouldBeFalse(who);
    }

    static readonly Dictionary<string, string> Ways = new()
    {
        ["viewed"] = """{"event":"Cart Viewed","properties":{"products":[]}}""",
        ["none-of-it"] = """{"event":"Cart Viewed","properties":{"products":[{"product_id":"lamp","quantity":0}]}}""",
        ["updated"] = """{"event":"Cart Updated","properties":{"cart_id":"c","products":[]}}""",
        ["emptied"] = """{"event":"Cart Emptied"}""",
        ["cleared"] = """{"event":"cart cleared","properties":{"cart_id":"c"}}""",
        ["removed"] = """{"event":"Product Removed","properties":{"product_id":"lamp"}}""",
        ["removed-all"] = """{"event":"Product Removed","properties":{"product_id":"lamp","quantity":2}}""",
        ["checkout"] = """{"event":"Checkout Started","properties":{"products":[]}}""",
        ["checkout-updated"] = """{"event":"Checkout Updated","properties":{"products":[]}}""",
        ["order"] = """{"event":"Order Updated","properties":{"order_id":"draft-1","total":0,"products":[]}}""",
    };

    static string Emptied() =>
        Batch([
            .. Ways.SelectMany(way => (string[])[.. Left(way.Key, checkout: true), At(way.Value, way.Key, 120)]),
            .. Left("again", checkout: true),
            At("""{"event":"Cart Emptied"}""", "again", 200),
            At("""{"event":"Product Added","properties":{"product_id":"vase","name":"vase","price":9}}""", "again", 125),
        ]);

    static string BoughtUnderAnotherId() =>
        Batch([
            .. Left("ids", checkout: false),
            At(
                """{"event":"Order Completed","properties":{"order_id":"i-1","total":80,"products":[{"product_id":"LAMP-RED"}]}}""",
                "ids",
                120
            ),
        ]);

    static string Witness() => Batch([.. Left("witness", checkout: false)]);

    /// <summary>Somebody who may be written to and left two lamps in the cart.</summary>
    static string[] Left(string who, bool checkout) =>
        [
            At($$"""{"type":"identify","traits":{"email":"{{who}}@example.test"} }""", who, 300),
            At("""{"event":"Subscribed"}""", who, 300),
            At(
                """{"event":"Product Added","properties":{"product_id":"lamp","name":"lamp","price":40,"quantity":2}}""",
                who,
                who == "again" ? 240 : 130
            ),
            .. checkout
                ? (string[])
                    [
                        At(
                            """{"event":"Checkout Started","properties":{"total":80,"products":[{"product_id":"lamp","quantity":2}]}}""",
                            who,
                            who == "again" ? 230 : 125
                        ),
                    ]
                : [],
        ];

    static string At(string call, string who, int minutes)
    {
        var one = System.Text.Json.Nodes.JsonNode.Parse(call)!.AsObject();
        one["type"] ??= "track";
        one["userId"] = who;
        one["timestamp"] = DateTimeOffset.UtcNow.AddMinutes(-minutes).ToString("O");
        return one.ToJsonString();
    }

    static string Batch(IEnumerable<string> calls) => $$"""{"batch":[{{string.Join(',', calls)}}]}""";

    static string Of(string batch, params string[] names)
    {
        for (var i = 0; i < names.Length; i += 2)
            batch = batch.Replace(names[i], names[i + 1], StringComparison.Ordinal);
        return batch.Replace("\"900\"", $"\"{names[1]}\"", StringComparison.Ordinal);
    }

    static string Backwards(string batch) => Batch(Calls(batch).Reverse());

    static string FilledAfterwards(string batch) =>
        Batch([
            .. Calls(batch),
            At("""{"event":"Product Added","properties":{"product_id":"strings","price":9}}""", "x", 120)
                .Replace("\"userId\":\"x\"", "\"anonymousId\":\"g-3\"", StringComparison.Ordinal),
        ]);

    static IEnumerable<string> Calls(string batch) =>
        JsonDocument.Parse(batch).RootElement.GetProperty("batch").EnumerateArray().Select(call => call.GetRawText());
}

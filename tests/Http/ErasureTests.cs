using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>After an erasure no file of the shop's tells anything that the person was called, did under a name, or wrote.</summary>
public sealed class ErasureTests : IDisposable
{
    /// <summary>Every word of free text that a client can send, by what it is.</summary>
    static readonly string[] Words =
    [
        "zz-user",
        "zz-anonymous",
        "zz-mail",
        "zz-name",
        "zz-order",
        "zz-group",
        "zz-term",
        "zz-content",
        "zz-page",
        "zz-screen",
        "zz-event",
        "zz-topic",
        "zz-share",
        "zz-search",
        "zz-list",
        "zz-coupon",
        "zz-reason",
        "zz-review",
        "zz-url",
        "zz-note",
        "zz-told",
    ];

    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Nothing_that_a_person_was_called_or_wrote_is_in_any_file_after_their_erasure()
    {
        await using var server = await TestServer.StartAsync(
            _directory.Path,
            settings: new() { ["Customers:SnapshotEvery"] = "1" }
        );
        await LiveAsync(server, "zz-user", "zz-anonymous");
        var customer = (await server.GetAsync("/v1/customers/zz-user")).Body.GetProperty("number").GetString()!;
        var pickup = Path.Combine(_directory.Path, "pickup");
        var message = await QueueAsync(server, long.Parse(customer));
        Directory.CreateDirectory(pickup);
        await File.WriteAllTextAsync(Path.Combine(pickup, $"{message:N}.eml"), "To: zz-mail@example.org");
        await File.WriteAllTextAsync(Path.Combine(pickup, $"{Guid.NewGuid():N}.eml"), "To: another@example.org");

        using var erased = await server.Http.DeleteAsync("/v1/customers/zz-user");

        var receipt = System.Text.Json.JsonDocument.Parse(await erased.Content.ReadAsStringAsync()).RootElement;
        var removed = receipt.GetProperty("removed");
        foreach (var store in new[] { "names", "keys", "due", "outbox", "snapshots", "messages" })
            removed.TryGetProperty(store, out _).ShouldBeTrue(store);
        removed.GetProperty("messages").GetInt32().ShouldBe(1);
        Directory.GetFiles(pickup).Length.ShouldBe(1);
        foreach (var (file, text) in Files())
        foreach (var word in Words)
            text.Contains(word, StringComparison.Ordinal).ShouldBeFalse($"{word} is in {file}");
    }

    [Fact]
    public async Task Before_an_erasure_a_copy_of_the_databases_without_the_master_key_tells_none_of_it()
    {
        await using var server = await TestServer.StartAsync(_directory.Path);
        await LiveAsync(server, "zz-user", "zz-anonymous");
        foreach (var (file, text) in Files())
        foreach (var word in Words)
            text.Contains(word, StringComparison.Ordinal).ShouldBeFalse($"{word} is in {file}");
    }

    [Fact]
    public async Task What_is_sealed_counts_as_before_after_a_restart()
    {
        string before;
        await using (var server = await TestServer.StartAsync(_directory.Path))
        {
            await LiveAsync(server, "zz-user", "zz-anonymous");
            before = (await server.GetAsync("/v1/customers/zz-user")).Body.GetRawText();
        }
        foreach (var file in Directory.GetFiles(_directory.Path, "snapshots.db*"))
            File.Delete(file);
        await using var again = await TestServer.StartAsync(_directory.Path);
        (await again.GetAsync("/v1/customers/zz-user")).Body.GetRawText().ShouldBe(before);
        await OrderAsync(again, "zz-user");
        (await again.GetAsync("/v1/customers/zz-user")).Body.GetProperty("orders").GetInt32().ShouldBe(1, "the same order again");
        var (_, statistics) = await again.GetAsync("/v1/statistics?minPosition=" + await PositionAsync(again));
        statistics.GetProperty("orders").GetInt32().ShouldBe(1);
    }

    static async Task<long> PositionAsync(TestServer server) =>
        await server.Services.GetRequiredService<IStore>().LastPositionAsync();

    static async Task LiveAsync(TestServer server, string user, string anonymous)
    {
        var who = $"\"userId\":\"{user}\",\"anonymousId\":\"{anonymous}\"";
        string[] calls =
        [
            "identify|\"traits\":{\"email\":\"zz-mail@example.org\",\"name\":\"zz-name\"}",
            "group|\"groupId\":\"zz-group\",\"traits\":{\"name\":\"zz-name\"}",
            "page|\"name\":\"zz-page\",\"properties\":{\"url\":\"https://shop.example/zz-url\"},"
                + "\"context\":{\"campaign\":{\"source\":\"news\",\"term\":\"zz-term\",\"content\":\"zz-content\"}}",
            "screen|\"name\":\"zz-screen\"",
            "track|\"event\":\"zz-event\",\"properties\":{\"told\":\"zz-told\"}",
            "track|\"event\":\"Subscribed\",\"properties\":{\"topic\":\"zz-topic\"}",
            "track|\"event\":\"Unsubscribed\",\"properties\":{\"topic\":\"zz-topic\"}",
            "track|\"event\":\"Product Shared\",\"properties\":{\"share_via\":\"zz-share\",\"product_id\":\"p1\"}",
            "track|\"event\":\"Products Searched\",\"properties\":{\"query\":\"zz-search\"}",
            "track|\"event\":\"Product List Viewed\",\"properties\":{\"list_id\":\"zz-list\",\"category\":\"zz-list\"}",
            "track|\"event\":\"Coupon Denied\",\"properties\":{\"coupon_id\":\"zz-coupon\",\"reason\":\"zz-reason\"}",
            "track|\"event\":\"Product Reviewed\",\"properties\":{\"product_id\":\"p1\",\"review_body\":\"zz-review\",\"rating\":5}",
            "track|\"event\":\"Checkout Started\",\"properties\":{\"order_id\":\"zz-order\",\"value\":10}",
        ];
        foreach (var call in calls.Select(call => call.Split('|')))
            (await server.PostAsync("/v1/" + call[0], $"{{{who},{call[1]}}}")).Status.ShouldBe(200, call[1]);
        await OrderAsync(server, user);
        var consent = new StringContent(
            """{"channel":"email","topic":"zz-topic","granted":true}""",
            Encoding.UTF8,
            "application/json"
        );
        (await server.Http.PostAsync($"/v1/customers/{user}/consent", consent)).IsSuccessStatusCode.ShouldBeTrue();
        await server
            .Services.GetRequiredService<IGrainFactory>()
            .Customer(long.Parse((await server.GetAsync($"/v1/customers/{user}")).Body.GetProperty("number").GetString()!))
            .CloseWarningAsync(Guid.NewGuid(), WarningOutcome.NotInterested, "ana", "zz-note");
    }

    static async Task OrderAsync(TestServer server, string user) =>
        (
            await server.PostAsync(
                "/v1/track",
                $$"""{"userId":"{{user}}","event":"Order Completed","properties":{"order_id":"zz-order","total":10,"products":[{"product_id":"p1","quantity":1}]} }"""
            )
        ).Status.ShouldBe(200);

    /// <summary>A message that was sent.</summary>
    static async Task<Guid> QueueAsync(TestServer server, long customer)
    {
        var message = Guid.NewGuid();
        await server
            .Services.GetRequiredService<IStore>()
            .CommitAsync(
                new Commit
                {
                    Turns = [],
                    Outbox = [new OutboxEntry(message, customer, "cart", "o", "email", 5, OutboxState.Sent)],
                }
            );
        return message;
    }

    /// <summary>All that is in the data directory, the write-ahead logs too, as text of one byte a character.</summary>
    IEnumerable<(string Name, string Text)> Files()
    {
        foreach (var path in Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) == "lock")
                continue;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            yield return (path, Encoding.Latin1.GetString(bytes.ToArray()));
        }
    }
}

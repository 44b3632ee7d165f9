using Microsoft.Extensions.DependencyInjection;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Quarantine;

/// <summary>A damaged or missing file: what can be built again is, what cannot stops the start with what to do.</summary>
public sealed class DamageTests : IDisposable
{
    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void One_bit_of_a_kept_snapshot_makes_it_none()
    {
        var serializer = new KeptSnapshotSerializer();
        var kept = new KeptSnapshot(300, true, [1, 2, 3, 250, 7]);
        var bytes = serializer.Serialize(kept).ToArray();

        serializer.Deserialize<KeptSnapshot>(BinaryData.FromBytes(bytes)).Body.ShouldBe(kept.Body);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            serializer.Deserialize<KeptSnapshot>(BinaryData.FromBytes(damaged)).Body.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public async Task Damaged_read_models_begin_anew(int at)
    {
        await FillAsync();
        Overwrite("views.db", at);

        await using var server = await TestServer.StartAsync(_directory.Path);
        await server.ReadyAsync();

        await ShouldHaveOrdersAsync(server, 20);
    }

    [Fact]
    public async Task A_damaged_image_of_the_item_index_is_built_again_from_the_journal()
    {
        await FillAsync();
        File.Exists(Path.Combine(_directory.Path, "index.image")).ShouldBeTrue();
        Overwrite("index.image", 100);

        await using var server = await TestServer.StartAsync(_directory.Path);
        await server.ReadyAsync();

        await ShouldHaveOrdersAsync(server, 20);
    }

    [Fact]
    public async Task Without_the_customers_keys_the_start_is_refused_until_their_loss_is_accepted()
    {
        await FillAsync();
        foreach (var file in Directory.GetFiles(_directory.Path, "keys.db*"))
            File.Delete(file);

        var refused = await Should.ThrowAsync<StoreUnavailableException>(() => TestServer.StartAsync(_directory.Path));
        refused.Message.ShouldContain("keys.db");
        refused.Message.ShouldContain("Store:AcceptLostKeys");
        File.Exists(Path.Combine(_directory.Path, "keys.db")).ShouldBeFalse("no new keys are made behind the operator's back");

        await using var server = await TestServer.StartAsync(
            _directory.Path,
            settings: new() { ["Store:AcceptLostKeys"] = "true" }
        );
        await server.ReadyAsync();
        await ShouldHaveOrdersAsync(server, 20);
        // New entries are sealed with a new key beside those that can no longer be opened.
        (
            await server.PostAsync("/v1/identify", """{"userId":"u","traits":{"plan":"y"}}""", TestServer.SecretKey)
        ).Status.ShouldBe(200);
        (await server.GetAsync("/v1/customers/u")).Body.GetProperty("orders").GetInt32().ShouldBe(20);
    }

    async Task FillAsync()
    {
        await using var server = await TestServer.StartAsync(_directory.Path);
        await server.PostAsync("/v1/identify", """{"userId":"u","traits":{"plan":"x"}}""", TestServer.SecretKey);
        for (var i = 0; i < 20; i++)
            await server.PostAsync(
                "/v1/track",
                $$"""{"userId":"u","event":"Order Completed","properties":{"order_id":"o-{{i}}","total":5,"products":[{"product_id":"p-{{i}}"}]} }""",
                TestServer.SecretKey
            );
        await ShouldHaveOrdersAsync(server, 20);
    }

    static async Task ShouldHaveOrdersAsync(TestServer server, int orders)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, totals) = await server.GetAsync($"/v1/statistics?minPosition={position}");
        status.ShouldBe(200);
        totals.GetProperty("orders").GetInt64().ShouldBe(orders);
    }

    void Overwrite(string name, int at)
    {
        using var file = File.OpenWrite(Path.Combine(_directory.Path, name));
        file.Position = at;
        file.Write(Enumerable.Repeat((byte)0xA5, 3000).ToArray());
    }
}

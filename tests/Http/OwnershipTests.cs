using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>One server owns a data directory, and says when it cannot serve.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await using var first = await TestServer.StartAsync();
        var refused = await Should.ThrowAsync<StoreUnavailableException>(() => TestServer.StartAsync(first.Data));
        refused.Message.ShouldContain("another", Case.Insensitive);
        (await first.PostAsync("/v1/track", """{"userId":"u","event":"x"}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Without_its_database_the_server_is_not_ready_and_tells_senders_to_come_again()
    {
        await using var server = await TestServer.StartAsync();
        await server.ReadyAsync();
        await server.Services.GetRequiredService<IStore>().DisposeAsync();
        var answer = await server.Http.PostAsync("/v1/track", new StringContent("""{"userId":"u","event":"x"}"""));
        ((int)answer.StatusCode).ShouldBe(503);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        var (status, health) = await server.GetAsync("/health/ready");
        status.ShouldBe(503);
        health.GetProperty("reasons").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldNotBeNullOrEmpty();
        (await server.GetAsync("/health/live")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Two_servers_that_are_told_no_more_than_where_their_data_is_start_beside_each_other()
    {
        using var directory = new TempDirectory();
        await using var first = await Server.OpenAsync(Options("first"));
        await using var second = await Server.OpenAsync(Options("second"));
        await Task.WhenAll(first.StartAsync(), second.StartAsync());
        using var http = new HttpClient();
        foreach (var server in new[] { first, second })
            (await http.GetAsync(server.Urls.First() + "/health/live")).EnsureSuccessStatusCode();
        await Task.WhenAll(first.StopAsync(), second.StopAsync());

        ServerOptions Options(string name) => new() { Data = directory.Beside(name), Urls = "http://127.0.0.1:0" };
    }

    [Fact]
    public async Task Only_the_secret_key_is_told_more_than_whether_the_server_is_ready()
    {
        await using var server = await TestServer.StartAsync();
        await server.ReadyAsync();
        using var stranger = new HttpClient();
        foreach (var key in new[] { null, TestServer.WriteKey })
        {
            stranger.DefaultRequestHeaders.Authorization = key is null ? null : TestServer.Basic(key);
            var answer = await stranger.GetFromJsonAsync<JsonElement>(server.Url + "/health/ready");
            Told(answer).ShouldBe(["status"]);
        }
        var (_, all) = await server.GetAsync("/health/ready");
        foreach (var name in new[] { "isLeader", "position", "readModelPosition", "indexPosition", "silos", "checks" })
            Told(all).ShouldContain(name);

        static IEnumerable<string> Told(JsonElement answer) =>
            answer.EnumerateObject().Where(one => one.Value.ValueKind != JsonValueKind.Null).Select(one => one.Name);
    }
}

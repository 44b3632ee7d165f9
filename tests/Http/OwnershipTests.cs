using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Storage;
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
}

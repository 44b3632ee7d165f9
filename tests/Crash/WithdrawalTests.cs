using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Crash;

/// <summary>What a person withdrew is durable when it is answered, for every profile of the address.</summary>
public sealed class WithdrawalTests
{
    [Fact]
    public async Task A_withdrawal_that_was_answered_holds_for_other_profiles_after_kill_9()
    {
        using var directory = new TempDirectory();
        var then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");
        await using (var server = await ChildServer.StartAsync(directory.Path))
        {
            foreach (var user in new[] { "one", "two" })
            {
                await server.PostAsync(
                    "/v1/identify",
                    $$"""{"userId":"{{user}}","timestamp":"{{then}}","traits":{"email":"ada@example.org"} }"""
                );
                await server.PostAsync($"/v1/customers/{user}/consent", """{"granted":true}""");
            }
            await server.PostAsync("/v1/customers/one/consent", """{"granted":false}""");
            server.Kill();
        }
        await using var again = await ChildServer.StartAsync(directory.Path);
        await again.PostAsync(
            "/v1/track",
            $$"""{"userId":"two","timestamp":"{{then}}","event":"Product Added","properties":{"product_id":"p1","price":10} }"""
        );
        await again.LeaveCartAsync("eve");
        var pickup = Path.Combine(directory.Path, "pickup");
        await again.UntilAsync(() => Directory.Exists(pickup) && Directory.GetFiles(pickup, "*.eml").Length > 0);
        foreach (var message in Directory.GetFiles(pickup, "*.eml"))
            (await File.ReadAllTextAsync(message)).ShouldContain("To: eve@example.org");
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Http;

/// <summary>A theory that needs Node and the clients' packages, and is skipped with a reason where they are absent.</summary>
public sealed class NeedsClientsTheoryAttribute : TheoryAttribute
{
    public NeedsClientsTheoryAttribute() =>
        Skip = RealClientTests.Scripts is null ? "Node or its packages (npm install in tests/clients) are absent." : null;
}

/// <summary>A fact of the same kind.</summary>
public sealed class NeedsClientsFactAttribute : FactAttribute
{
    public NeedsClientsFactAttribute() => Skip = new NeedsClientsTheoryAttribute().Skip;
}

/// <summary>
/// Storefronts keep the client they have (R82): Segment's own, new and old, and RudderStack's, for Node and for browsers, against
/// this server.
/// </summary>
public sealed class RealClientTests(ITestOutputHelper output)
{
    internal static readonly string? Scripts = FindScripts();

    [NeedsClientsTheory]
    [InlineData(false, "node-client.mjs")]
    [InlineData(false, "browser-client.mjs", "standard")]
    [InlineData(false, "browser-client.mjs", "batching")]
    [InlineData(false, "old-node-client.mjs")]
    [InlineData(false, "rudder-node-client.mjs")]
    [InlineData(false, "rudder-browser-client.mjs")]
    [InlineData(false, "rudder-browser-client.mjs", "beacon")]
    [InlineData(true, "node-client.mjs")]
    [InlineData(true, "browser-client.mjs", "standard")]
    [InlineData(true, "browser-client.mjs", "batching")]
    public async Task A_real_client_delivers_one_of_everything(bool trusted, string script, params string[] more)
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Tracking:TrustWriteKey"] = $"{trusted}" });
        var (code, said) = await RunAsync(script, [server.Url, TestServer.WriteKey, .. more]);
        output.WriteLine(said);
        code.ShouldBe(0, said);
        await server.ReadyAsync();
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
        totals.GetProperty("events").GetInt64().ShouldBeGreaterThan(20);
        totals.GetProperty("orders").GetInt64().ShouldBe(trusted ? 1 : 0);
        totals.GetProperty("claimedOrders").GetInt64().ShouldBe(trusted ? 0 : 1);
        await server.Services.GetRequiredService<IngestionProblems>().FlushAsync();
        var problems = (await server.GetAsync("/v1/ingestion/problems")).Body.GetProperty("items");
        problems.GetArrayLength().ShouldBe(0, problems.GetRawText());
    }

    [NeedsClientsFact]
    public async Task The_shops_server_signs_a_browser_proves_and_the_histories_merge()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync("/v1/products", "id,title,price\np-1,Tent,90\np-2,Stove,20\np-3,Lamp,15\np-9,Map,5\n", "text/csv");
        await server.PostAsync(
            "/v1/track",
            """{"userId":"ana","event":"Order Completed","properties":{"order_id":"o-1","total":5,"products":[{"product_id":"p-9"}]}}"""
        );
        var (code, said) = await RunAsync("signing-story.mjs", [server.Url, TestServer.WriteKey, "ana", UserTokenOf.Of("ana")]);
        code.ShouldBe(0, said);
        var ana = (await server.GetAsync("/v1/customers/ana")).Body;
        ana.GetProperty("anonymousIds")[0].GetString().ShouldBe(said.Trim());
        ana.GetProperty("orders").GetInt32().ShouldBe(1);
        ana.GetProperty("recentlyViewed").EnumerateArray().Select(id => id.GetString()).ShouldBe(["p-3", "p-1"]);
        ana.GetProperty("cart")[0].GetProperty("productId").GetString().ShouldBe("p-2");
        ana.GetProperty("profile").GetProperty("told").GetProperty("plan").GetString().ShouldBe("gold");
        var shown = (await server.GetAsync("/v1/recommendations?userId=ana&placement=recently-viewed")).Body.GetProperty("items");
        shown.EnumerateArray().Select(item => item.GetProperty("productId").GetString()).ShouldBe(["p-3", "p-2", "p-1", "p-9"]);
    }

    internal static async Task<(int Code, string Said)> RunAsync(string script, string[] arguments, string? folder = null)
    {
        using var node = Process.Start(
            new ProcessStartInfo("node", [script, .. arguments])
            {
                WorkingDirectory = folder ?? Scripts!,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        var said = node.StandardOutput.ReadToEndAsync();
        var errors = node.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            await node.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
        }
        return (node.ExitCode, await said + await errors);
    }

    /// <summary>The folder of the scripts, where Node and their packages are there.</summary>
    static string? FindScripts()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var clients = Path.Combine(folder.FullName, "tests", "clients");
            if (!File.Exists(Path.Combine(clients, "package.json")))
                continue;
            var hasNode = (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Any(path => File.Exists(Path.Combine(path, "node")));
            return hasNode && Directory.Exists(Path.Combine(clients, "node_modules", "openapi-fetch")) ? clients : null;
        }
        return null;
    }
}

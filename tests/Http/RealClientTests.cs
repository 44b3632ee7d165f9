using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
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

/// <summary>Storefronts keep the client they have (R82): Segment's own, for Node and for browsers, against this server.</summary>
public sealed class RealClientTests(ITestOutputHelper output)
{
    internal static readonly string? Scripts = FindScripts();

    [NeedsClientsTheory]
    [InlineData("node-client.mjs")]
    [InlineData("browser-client.mjs", "standard")]
    [InlineData("browser-client.mjs", "batching")]
    public async Task A_real_client_delivers_one_of_everything(string script, params string[] more)
    {
        await using var server = await TestServer.StartAsync();
        var (code, said) = await RunAsync(script, [server.Url, TestServer.WriteKey, .. more]);
        output.WriteLine(said);
        code.ShouldBe(0, said);
        await server.ReadyAsync();
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
        totals.GetProperty("events").GetInt64().ShouldBeGreaterThan(20);
        totals.GetProperty("orders").GetInt64().ShouldBe(1);
    }

    static async Task<(int Code, string Said)> RunAsync(string script, string[] arguments)
    {
        using var node = Process.Start(
            new ProcessStartInfo("node", [script, .. arguments])
            {
                WorkingDirectory = Scripts!,
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
            return hasNode && Directory.Exists(Path.Combine(clients, "node_modules", "@segment")) ? clients : null;
        }
        return null;
    }
}

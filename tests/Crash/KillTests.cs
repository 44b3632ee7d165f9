using System.Collections.Concurrent;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Crash;

/// <summary>A server of its own process, killed without warning under load, started again, and counted (R81).</summary>
public sealed class KillTests
{
    const int Customers = 40,
        Rounds = 4;

    [Fact]
    public async Task Every_acknowledged_event_is_there_once_after_kill_9_and_none_twice()
    {
        using var directory = new TempDirectory();
        var acknowledged = new ConcurrentDictionary<string, int>();
        var unsure = new ConcurrentDictionary<string, int>();
        var random = new Random(3);
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await ChildServer.StartAsync(directory.Path);
            using var over = new CancellationTokenSource();
            var load = Enumerable
                .Range(0, 16)
                .Select(worker => LoadAsync(server, round, worker, acknowledged, unsure, over.Token))
                .ToArray();
            var enough = acknowledged.Count + random.Next(150, 400);
            await server.UntilAsync(() => acknowledged.Count >= enough);
            server.Kill();
            await over.CancelAsync();
            await Task.WhenAll(load);
        }

        await using var last = await ChildServer.StartAsync(directory.Path);
        // What was not acknowledged is sent again, as clients do; some of what was, too.
        foreach (var (message, customer) in unsure.Concat(acknowledged.Where((_, i) => i % 7 == 0)).ToList())
        {
            await TrackAsync(last, message, customer);
            acknowledged[message] = customer;
        }
        acknowledged.Count.ShouldBeGreaterThan(500);
        for (var customer = 0; customer < Customers; customer++)
        {
            var expected = acknowledged.Count(one => one.Value == customer);
            (await last.EventsOfAsync($"c{customer}")).ShouldBe(expected, $"customer {customer}");
        }
    }

    static async Task LoadAsync(
        ChildServer server,
        int round,
        int worker,
        ConcurrentDictionary<string, int> acknowledged,
        ConcurrentDictionary<string, int> unsure,
        CancellationToken over
    )
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            var (message, customer) = ($"{round}-{worker}-{i}", (worker * 31 + i) % Customers);
            try
            {
                await TrackAsync(server, message, customer);
                acknowledged[message] = customer;
            }
            catch (Exception) // The server was killed meanwhile: it is not known whether it counted.
            {
                unsure[message] = customer;
                return;
            }
        }
    }

    static Task TrackAsync(ChildServer server, string message, int customer) =>
        server.PostAsync(
            "/v1/track",
            $$"""{"userId":"c{{customer}}","messageId":"{{message}}","event":"Product Viewed","properties":{"product_id":"p{{customer % 9}}","url":"https://shop.test/p"} }"""
        );

    [Fact]
    public async Task No_message_leaves_twice_across_kill_9()
    {
        using var directory = new TempDirectory();
        const int people = 25;
        for (var round = 0; round < 3; round++)
        {
            await using var server = await ChildServer.StartAsync(directory.Path);
            if (round == 0)
                for (var person = 0; person < people; person++)
                    await server.LeaveCartAsync($"person{person}");
            await server.UntilAsync(() => Messages(directory.Path).Count >= people * (round + 1) / 4);
            server.Kill();
        }
        await using (var server = await ChildServer.StartAsync(directory.Path))
        {
            // Messages leave in the order in which they fall due: after one more, the others are settled.
            await server.LeaveCartAsync($"person{people}");
            await server.UntilAsync(() =>
                Messages(directory.Path).Any(message => Recipient(message).Contains($"person{people}@"))
            );
        }
        var messages = Messages(directory.Path);
        messages.Count.ShouldBeInRange((people * 2 / 3) + 1, people + 1);
        messages.Select(Recipient).Distinct().Count().ShouldBe(messages.Count, "each goes to another");
    }

    static List<string> Messages(string data) =>
        Directory.Exists(Path.Combine(data, "pickup")) ? [.. Directory.GetFiles(Path.Combine(data, "pickup"), "*.eml")] : [];

    static string Recipient(string file) =>
        File.ReadLines(file).First(line => line.StartsWith("To:", StringComparison.OrdinalIgnoreCase));
}

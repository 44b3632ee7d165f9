using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
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
            await last.TrackAsync(message, customer);
            acknowledged[message] = customer;
        }
        acknowledged.Count.ShouldBeGreaterThan(500);
        for (var customer = 0; customer < Customers; customer++)
        {
            var expected = acknowledged.Count(one => one.Value == customer);
            (await last.EventsOfAsync(customer)).ShouldBe(expected, $"customer {customer}");
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
                await server.TrackAsync(message, customer);
                acknowledged[message] = customer;
            }
            catch (Exception) // The server was killed meanwhile: nobody knows whether it counted.
            {
                unsure[message] = customer;
                return;
            }
        }
    }

    [Fact]
    public async Task No_letter_leaves_twice_across_kill_9()
    {
        using var directory = new TempDirectory();
        const int people = 25;
        for (var round = 0; round < 3; round++)
        {
            await using var server = await ChildServer.StartAsync(directory.Path);
            if (round == 0)
                for (var person = 0; person < people; person++)
                    await server.LeaveCartAsync(person);
            await server.UntilAsync(() => Letters(directory.Path).Count >= people * (round + 1) / 4);
            server.Kill();
        }
        await using (var server = await ChildServer.StartAsync(directory.Path))
        {
            // Letters leave in the order in which they fall due: after one more, the others are settled.
            await server.LeaveCartAsync(people);
            await server.UntilAsync(() => Letters(directory.Path).Any(letter => Recipient(letter).Contains($"person{people}@")));
        }
        var letters = Letters(directory.Path);
        letters.Count.ShouldBeInRange((people * 2 / 3) + 1, people + 1);
        letters.Select(Recipient).Distinct().Count().ShouldBe(letters.Count, "nobody gets two");
    }

    static List<string> Letters(string data) =>
        Directory.Exists(Path.Combine(data, "pickup")) ? [.. Directory.GetFiles(Path.Combine(data, "pickup"), "*.eml")] : [];

    static string Recipient(string file) =>
        File.ReadLines(file).First(line => line.StartsWith("To:", StringComparison.OrdinalIgnoreCase));

    /// <summary>The built server as a process of its own.</summary>
    sealed class ChildServer : IAsyncDisposable
    {
        readonly Process process;
        readonly HttpClient http;

        ChildServer(Process process, string url)
        {
            this.process = process;
            http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(20) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.SecretKey);
        }

        public static async Task<ChildServer> StartAsync(string data)
        {
            var url = $"http://127.0.0.1:{FreePorts.Next()}";
            var start = new ProcessStartInfo(
                "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "Personalization.Silo.dll"), "--data", data, "--urls", url]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["PERSONALIZATION_WRITE_KEY"] = TestServer.WriteKey;
            start.Environment["PERSONALIZATION_SECRET_KEY"] = TestServer.SecretKey;
            start.Environment["Outreach__QuietHours__From"] = "00:00:00";
            start.Environment["Outreach__QuietHours__Until"] = "00:00:00";
            start.Environment["Outreach__Dispatch__Interval"] = "00:00:00.200";
            start.Environment["Outreach__Dispatch__Batch"] = "3";
            var server = new ChildServer(Process.Start(start)!, url);
            server.process.OutputDataReceived += (_, _) => { };
            server.process.ErrorDataReceived += (_, _) => { };
            server.process.BeginOutputReadLine();
            server.process.BeginErrorReadLine();
            await server.ReadyAsync();
            return server;
        }

        async Task ReadyAsync()
        {
            for (var tries = 0; tries < 600; tries++)
            {
                try
                {
                    if ((await http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK)
                        return;
                }
                catch (HttpRequestException)
                {
                    process.HasExited.ShouldBeFalse("the server stopped by itself");
                }
                await Task.Delay(50);
            }
            throw new TimeoutException("The server did not get ready within 30 seconds.");
        }

        public async Task UntilAsync(Func<bool> condition)
        {
            for (var tries = 0; !condition(); tries++)
            {
                process.HasExited.ShouldBeFalse("the server stopped by itself");
                tries.ShouldBeLessThan(6000);
                await Task.Delay(10);
            }
        }

        public async Task TrackAsync(string message, int customer) =>
            await PostAsync(
                "/v1/track",
                $$"""{"userId":"c{{customer}}","messageId":"{{message}}","event":"Product Viewed","properties":{"product_id":"p{{customer % 9}}","url":"https://shop.test/p"} }"""
            );

        public async Task<int> EventsOfAsync(int customer) =>
            JsonDocument
                .Parse(await http.GetStringAsync($"/v1/customers/c{customer}"))
                .RootElement.GetProperty("events")
                .GetInt32();

        public async Task LeaveCartAsync(int person)
        {
            var then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");
            await PostAsync(
                "/v1/identify",
                $$"""{"userId":"c{{person}}","timestamp":"{{then}}","traits":{"email":"person{{person}}@example.org"} }"""
            );
            await PostAsync(
                "/v1/track",
                $$"""{"userId":"c{{person}}","timestamp":"{{then}}","event":"Subscribed","properties":{"channel":"email"} }"""
            );
            await PostAsync(
                "/v1/track",
                $$"""{"userId":"c{{person}}","timestamp":"{{then}}","event":"Product Added","properties":{"product_id":"p1","price":10} }"""
            );
        }

        async Task PostAsync(string path, string json)
        {
            using var answer = await http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
            answer.EnsureSuccessStatusCode();
        }

        public void Kill() => process.Kill();

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            http.Dispose();
        }
    }
}

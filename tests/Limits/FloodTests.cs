using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Personalization.Support;
using Shouldly;
using Xunit.Abstractions;

namespace Personalization.Tests.Limits;

/// <summary>One stranger sends as much as 64 connections carry: another customer does not notice, and little of it stays.</summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    const int Connections = 64;
    const long Megabyte = 1 << 20;

    static bool IsLong => Environment.GetEnvironmentVariable("PERSONALIZATION_LONG_TESTS") == "1";

    [LinuxFact]
    public async Task A_flood_from_one_address_takes_little_memory_and_disk_and_no_one_elses_call()
    {
        using var directory = new TempDirectory();
        await using var server = await ChildServer.StartAsync(directory.Path);
        using var other = From(server.Url, "127.0.0.2");
        await WarmAsync(server.Url);
        var (memory, disk) = (server.Memory, SizeOf(directory.Path));
        using var flood = new CancellationTokenSource(TimeSpan.FromSeconds(IsLong ? 60 : 5));
        var counts = new int[2];
        var started = Stopwatch.GetTimestamp();
        var flooding = Enumerable
            .Range(0, Connections)
            .Select(connection => Task.Run(() => FloodAsync(server.Url, connection, counts, flood.Token)))
            .ToList();

        var times = new List<double>();
        var peak = memory;
        while (!flood.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            (await TrackAsync(other, $"customer-{times.Count % 50}")).ShouldBe(200);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (times.Count % 10 == 0)
                peak = Math.Max(peak, server.Memory);
            await Task.Delay(10);
        }
        await Task.WhenAll(flooding);

        var (grown, written) = (Math.Max(peak, server.Memory) - memory, SizeOf(directory.Path) - disk);
        times.Sort();
        output.WriteLine(
            $"{counts[0]} taken, {counts[1]} refused; other customer: {times.Count} calls, p50 {times[times.Count / 2]:0.0} ms, "
                + $"p99 {times[times.Count * 99 / 100]:0.0} ms; memory +{grown / Megabyte} MB, disk +{written / Megabyte} MB"
        );
        // The bucket, and what ran into it meanwhile.
        counts[0].ShouldBeLessThan(3_100 + 50 * (int)(Stopwatch.GetElapsedTime(started).TotalSeconds + 1));
        written.ShouldBeLessThan(50 * Megabyte);
        // The short form ends before the heap has found its size.
        grown.ShouldBeLessThan((IsLong ? 100 : 200) * Megabyte);
        if (IsLong)
            await FallsAsync(server, memory, memory + grown);
    }

    /// <summary>
    /// A shop that serves on has less memory within three minutes than at the peak. Growth below 32 MB is nothing that a heap would
    /// give back.
    /// </summary>
    async Task FallsAsync(ChildServer server, long before, long peak)
    {
        const long Small = 32 * Megabyte;
        for (var tries = 0; server.Memory >= Math.Max(peak, before + Small) && tries < 36; tries++)
        {
            await WarmAsync(server.Url);
            await Task.Delay(TimeSpan.FromSeconds(5));
        }
        output.WriteLine($"afterwards memory +{(server.Memory - before) / Megabyte} MB");
        server.Memory.ShouldBeLessThan(Math.Max(peak, before + Small));
    }

    /// <summary>A shop that has been serving: its code is compiled, and its heap has the size that the work asks for.</summary>
    static Task WarmAsync(string url) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, Connections),
            new ParallelOptions { MaxDegreeOfParallelism = Connections },
            async (connection, _) =>
            {
                using var shop = From(url, "127.0.0.3");
                shop.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.SecretKey);
                for (var i = 0; i < 100; i++)
                    await TrackAsync(shop, $"regular-{connection}-{i}");
            }
        );

    static async Task FloodAsync(string url, int connection, int[] counts, CancellationToken stop)
    {
        using var stranger = From(url, "127.0.0.1");
        for (var i = 0; !stop.IsCancellationRequested; i++)
            Interlocked.Increment(ref counts[await TrackAsync(stranger, $"stranger-{connection}-{i}") == 200 ? 0 : 1]);
    }

    static async Task<int> TrackAsync(HttpClient client, string visitor)
    {
        var json =
            $$"""{"anonymousId":"{{visitor}}","event":"Product Viewed","properties":{"product_id":"p-1","note":"{{visitor}}"} }""";
        using var answer = await client.PostAsync("/v1/track", new StringContent(json, Encoding.UTF8, "application/json"));
        return (int)answer.StatusCode;
    }

    static HttpClient From(string url, string address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri(url) };
        client.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.WriteKey);
        return client;
    }

    /// <summary>Of what stays: a write-ahead log is emptied at the next checkpoint.</summary>
    static long SizeOf(string directory) =>
        new DirectoryInfo(directory)
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => !file.Name.EndsWith("-wal", StringComparison.Ordinal))
            .Sum(file => file.Length);
}

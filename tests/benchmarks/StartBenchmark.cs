using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Storage;

namespace Personalization.Benchmarks;

/// <summary>Seconds until a server process is ready over a million events: after a clean stop, after a kill, and without any saved image.</summary>
static class StartBenchmark
{
    const int Rounds = 3,
        Million = 1_000_000,
        AfterTheStop = 20_000;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = await shop.CopyAsync();
        await FillAsync(data);
        await StopAsync((await StartAsync(data)).Server, clean: true);
        var (clean, killed, without) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var (server, port, seconds) = await StartAsync(data);
            clean.Add(seconds);
            await SendAsync(data, port, round);
            await StopAsync(server, clean: false);
            (server, _, seconds) = await StartAsync(data);
            killed.Add(seconds);
            await StopAsync(server, clean: true);
            File.Delete(Path.Combine(data, "index.image"));
            (server, _, seconds) = await StartAsync(data);
            without.Add(seconds);
            await StopAsync(server, clean: true);
            Figures.Note(
                $"round {round + 1}: clean {clean[^1]:F2} s, killed {killed[^1]:F2} s, without an image {without[^1]:F2} s"
            );
        }
        figures.Add("start", Interleaved.Median(clean), "s", null, "target: below 3");
        figures.Add("start.killed", Interleaved.Median(killed), "s", null, $"kill -9 after {AfterTheStop:N0} more events");
        figures.Add("start.without-image", Interleaved.Median(without), "s");
        PreparedShop.Delete(data);
    }

    /// <summary>Seconds until a server is ready over a million events, after a clean stop.</summary>
    public static async Task<double> MeasureAsync(PreparedShop shop)
    {
        var data = await shop.CopyAsync();
        await FillAsync(data);
        await StopAsync((await StartAsync(data)).Server, clean: true);
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (server, _, seconds) = await StartAsync(data);
            times.Add(seconds);
            await StopAsync(server, clean: true);
        }
        PreparedShop.Delete(data);
        return Interleaved.Median(times);
    }

    /// <summary>Adds events until the journal holds a million.</summary>
    static async Task FillAsync(string data)
    {
        var (app, _) = await PreparedShop.ServeAsync(data);
        var store = app.Services.GetRequiredService<IStore>();
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        var products = app.Services.GetRequiredService<Catalogue.ProductCatalogue>().Count;
        var names = await PreparedShop.NamesAsync(store);
        var events = await CountAsync(store);
        var now = DateTimeOffset.UtcNow.AddDays(-1).ToUnixTimeMilliseconds();
        await Task.WhenAll(
            Enumerable
                .Range(0, 512)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref events) is var number && number <= Million)
                        {
                            var e = Shopping.Event(number, number, now + number) with
                            {
                                Lines = [new Events.OrderLine(1 + number % products, 1, 0)],
                            };
                            var customer = names[(int)((uint)number * 2654435761u % names.Count)].Customer;
                            await grains.Customer(customer).RecordAsync(new RecordRequest([e]));
                        }
                    })
                )
        );
        await PreparedShop.StopAsync(app);
    }

    static async Task<int> CountAsync(IStore store)
    {
        var count = 0;
        for (long position = 0; ; )
        {
            var entries = await store.ReadJournalAsync(position, 10_000, withPersonal: false);
            foreach (var entry in entries)
                count += Codec.EventCodec.Read(entry.Body, []).Count;
            if (entries.Count < 10_000)
                return count;
            position = entries[^1].Position;
        }
    }

    static async Task SendAsync(string data, int port, int round)
    {
        List<Identity.BoundName> names;
        await using (
            var store = await Storage.Sqlite.SqliteStore.OpenAsync(
                new StoreOptions { DataDirectory = data, ReadOnly = true },
                TimeProvider.System
            )
        )
            names = await PreparedShop.NamesAsync(store);
        await Loopback.RunAsync(
            port,
            new Traffic(names, ["1", "2", "3"], 100 + round).Batches(AfterTheStop / 500, 500),
            4,
            threads: 1
        );
    }

    static async Task<(Process Server, int Port, double Seconds)> StartAsync(string data)
    {
        var port = FreePort();
        var started = Stopwatch.GetTimestamp();
        var server = Process.Start(
            new ProcessStartInfo(
                Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, "Personalization.Silo.dll"),
                    "serve",
                    "--data",
                    data,
                    "--urls",
                    $"http://127.0.0.1:{port}",
                ]
            )
            {
                RedirectStandardOutput = true,
                WorkingDirectory = Path.GetDirectoryName(data),
            }
        )!;
        server.OutputDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        var request = Loopback.Get("/health/ready", PreparedShop.SecretKey);
        var buffer = new byte[65_536];
        while (!IsReady(port, request, buffer))
        {
            if (server.HasExited)
                throw new InvalidOperationException("The server has ended.");
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(2))
                throw new TimeoutException("The server is not ready after two minutes.");
            await Task.Delay(10);
        }
        return (server, port, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    static bool IsReady(int port, byte[] request, byte[] buffer)
    {
        try
        {
            using var socket = Loopback.Connect(port);
            socket.Send(request);
            Loopback.Receive(socket, buffer);
            return true;
        }
        catch (Exception notYet) when (notYet is SocketException or InvalidOperationException)
        {
            return false;
        }
    }

    static async Task StopAsync(Process server, bool clean)
    {
        if (clean)
        {
            using var term = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await term.WaitForExitAsync();
        }
        else
            server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

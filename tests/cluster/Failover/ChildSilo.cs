using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Personalization.Support;

namespace Personalization.Tests.Cluster.Failover;

/// <summary>A silo as a process of its own, on loopback.</summary>
sealed class ChildSilo : IAsyncDisposable
{
    const int Terminate = 15;

    readonly Process process;
    readonly HttpClient http;
    readonly StringBuilder errors = new();

    ChildSilo(Process process, string name, string data, int siloPort, HttpClient http) =>
        (this.process, Name, Data, SiloPort, this.http) = (process, name, data, siloPort, http);

    public string Name { get; }
    public string Data { get; }
    public int SiloPort { get; }

    /// <summary>What a load balancer knows of it.</summary>
    public bool IsReady { get; private set; }

    /// <param name="name">Its name in this test; a silo that comes back has the same.</param>
    /// <param name="program">The folder of the build to run.</param>
    /// <param name="root">Where silos have their folders, and the master key they share.</param>
    /// <param name="database">The PostgreSQL they share.</param>
    public static async Task<ChildSilo> StartAsync(string name, string program, string root, string database)
    {
        var (url, siloPort, gatewayPort) = ($"http://127.0.0.1:{FreePorts.Next()}", FreePorts.Next(), FreePorts.Next());
        var data = Path.Combine(root, name);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(program, "Personalization.Silo.dll"),
                "--data",
                data,
                "--urls",
                url,
                "--database",
                database + ";Pooling=true",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var (setting, value) in new (string, string)[]
            {
                ("PERSONALIZATION_WRITE_KEY", TestServer.WriteKey),
                ("PERSONALIZATION_SECRET_KEY", TestServer.SecretKey),
                ("Store__MasterKeyFile", Path.Combine(root, "master.key")),
                ("Server__ShutdownDelay", "00:00:02"),
                ("Cluster__Address", "127.0.0.1"),
                ("Cluster__SiloPort", $"{siloPort}"),
                ("Cluster__GatewayPort", $"{gatewayPort}"),
                ("Outreach__QuietHours__From", "00:00:00"),
                ("Outreach__QuietHours__Until", "00:00:00"),
                ("Outreach__Dispatch__Interval", "00:00:00.200"),
                ("Outreach__Dispatch__Batch", "2"),
            }
        )
            start.Environment[setting] = value;
        var http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.SecretKey);
        var silo = new ChildSilo(Process.Start(start)!, name, data, siloPort, http);
        silo.process.OutputDataReceived += (_, _) => { };
        silo.process.ErrorDataReceived += (_, line) =>
        {
            lock (silo.errors)
                silo.errors.AppendLine(line.Data);
        };
        silo.process.BeginOutputReadLine();
        silo.process.BeginErrorReadLine();
        await silo.WaitUntilReadyAsync();
        return silo;
    }

    async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!await LookAsync())
        {
            if (process.HasExited)
                throw new InvalidOperationException($"Silo {Name} stopped by itself: {errors}");
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"Silo {Name} did not get ready: {errors}");
            await Task.Delay(100);
        }
    }

    /// <summary>What a load balancer does now and then.</summary>
    public async Task<bool> LookAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            using var answer = await http.GetAsync("/health/ready", patience.Token);
            IsReady = answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException)
        {
            IsReady = false;
        }
        return IsReady;
    }

    public async Task<bool> LeadsAsync() => (await GetAsync("/health/ready")).GetProperty("isLeader").GetBoolean();

    public async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await http.GetStringAsync(path)).RootElement.Clone();

    public async Task PostAsync(string path, string json)
    {
        using var answer = await http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Without warning, as a machine dies.</summary>
    public void Kill()
    {
        IsReady = false;
        process.Kill();
    }

    /// <summary>As an operator stops a server; completes when it has gone.</summary>
    public async Task StopAsync()
    {
        _ = Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        IsReady = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Signal(int process, int signal);
}

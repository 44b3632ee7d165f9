using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Personalization.Support;

/// <summary>The built server as a process of its own, on loopback. It has no quiet hours and sends soon.</summary>
public sealed partial class ChildServer : IAsyncDisposable
{
    const int Terminate = 15;

    readonly Process _process;
    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
    readonly StringBuilder _said = new();
    readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ChildServer(Process process, string data)
    {
        (_process, Data) = (process, data);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.SecretKey);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Data { get; }

    public string Url => _http.BaseAddress!.ToString();

    /// <summary>Bytes of the process in memory (Linux).</summary>
    public long Memory =>
        File.ReadLines($"/proc/{_process.Id}/status")
            .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
            .Single() * 1024;

    public string Address => _http.BaseAddress!.ToString();

    /// <summary>Everything that it wrote so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>How many lines of its log hold a text.</summary>
    public int Lines(string text) => Said.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>The last path of its data.</summary>
    public string Name => Path.GetFileName(Data);

    /// <summary>What a load balancer knows about it.</summary>
    public bool IsReady { get; private set; }

    /// <param name="data">Its directory.</param>
    /// <param name="program">The folder of the build to run; the one under test by default.</param>
    /// <param name="database">The PostgreSQL that it shares with others.</param>
    /// <param name="settings">Settings beyond those of every child.</param>
    /// <param name="command">The command and its options; <c>serve</c> by default.</param>
    public static async Task<ChildServer> StartAsync(
        string data,
        string? program = null,
        string? database = null,
        Dictionary<string, string>? settings = null,
        params string[] command
    )
    {
        var file = Path.Combine(program ?? AppContext.BaseDirectory, "Personalization.Silo.dll");
        string[] onDatabase = database is null ? [] : ["--database", database];
        var start = new ProcessStartInfo(
            "dotnet",
            [file, .. command, "--data", data, "--urls", "http://127.0.0.1:0", .. onDatabase]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PERSONALIZATION_WRITE_KEY"] = TestServer.WriteKey,
                ["PERSONALIZATION_SECRET_KEY"] = TestServer.SecretKey,
                ["Outreach__QuietHours__From"] = "00:00:00",
                ["Outreach__QuietHours__Until"] = "00:00:00",
                ["Outreach__Dispatch__Interval"] = "00:00:00.200",
                ["Outreach__Dispatch__Batch"] = "3",
            },
        };
        foreach (var (setting, value) in settings ?? [])
            start.Environment[setting] = value;
        var server = new ChildServer(Process.Start(start)!, data);
        server._http.BaseAddress = new Uri(await server._address.Task.WaitAsync(TimeSpan.FromMinutes(2)));
        await server.UntilAsync(server.LookAsync);
        return server;
    }

    void Hear(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
        if (line is null)
            _address.TrySetException(new InvalidOperationException($"The server stopped by itself: {_said}"));
        else if (Listening().Match(line) is { Success: true } found)
            _address.TrySetResult(found.Groups[1].Value);
    }

    /// <summary>Waits for what takes a while; the server must be alive meanwhile.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"Server {Name} stopped by itself: {_said}");
            if (tries > 6000)
                throw new TimeoutException($"Server {Name}, in vain: {_said}");
            await Task.Delay(10);
        }
    }

    public Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <summary>What a load balancer does now and then.</summary>
    public async Task<bool> LookAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            using var answer = await _http.GetAsync("/health/ready", patience.Token);
            IsReady = answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException)
        {
            IsReady = false;
        }
        return IsReady;
    }

    public async Task<bool> IsLeaderAsync() => (await GetAsync("/health/ready")).GetProperty("isLeader").GetBoolean();

    public async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await _http.GetStringAsync(path)).RootElement.Clone();

    public async Task<int> EventsOfAsync(string user) =>
        (await GetAsync($"/v1/customers/{user}")).GetProperty("events").GetInt32();

    public Task<HttpResponseMessage> SendAsync(string path, string json) =>
        _http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Whether it says that it is ready, and with what details.</summary>
    public async Task<(int Status, JsonElement Body)> ReadinessAsync()
    {
        using var answer = await _http.GetAsync("/health/ready");
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone());
    }

    public async Task PostAsync(string path, string json)
    {
        using var answer = await SendAsync(path, json);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>A customer with consent put something into the cart two hours ago and left.</summary>
    public async Task LeaveCartAsync(string user)
    {
        var then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");
        await PostAsync(
            "/v1/identify",
            $$"""{"userId":"{{user}}","timestamp":"{{then}}","traits":{"email":"{{user}}@example.org"} }"""
        );
        await PostAsync(
            "/v1/track",
            $$"""{"userId":"{{user}}","timestamp":"{{then}}","event":"Subscribed","properties":{"channel":"email"} }"""
        );
        await PostAsync(
            "/v1/track",
            $$"""{"userId":"{{user}}","timestamp":"{{then}}","event":"Product Added","properties":{"product_id":"p1","price":10} }"""
        );
    }

    /// <summary>Without warning, as a machine dies.</summary>
    public void Kill()
    {
        IsReady = false;
        _process.Kill();
    }

    /// <summary>As an operator stops a server; completes when it has gone, with its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _ = Signal(_process.Id, Terminate);
        await _process.WaitForExitAsync();
        IsReady = false;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Listening();

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Signal(int process, int signal);
}

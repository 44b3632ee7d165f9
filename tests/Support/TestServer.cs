using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Hosting;

namespace Personalization.Support;

/// <summary>A clock that a test sets.</summary>
public sealed class TestClock(DateTimeOffset now) : TimeProvider
{
    long _ticks = now.UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>A real server on loopback, on a free port, with data of its own; stopped and removed at the end.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string WriteKey = "test-write-key-01",
        SecretKey = "test-secret-key-01",
        SigningSecret = "test-signing-secret-of-at-least-32";

    readonly TempDirectory? _directory;
    readonly WebApplication _app;

    TestServer(TempDirectory? directory, WebApplication app, string data)
    {
        (_directory, _app, Data) = (directory, app, data);
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(Url) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SecretKey);
    }

    public string Data { get; }
    public string Url { get; }

    /// <summary>Calls with the secret key.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestServer> StartAsync(
        string? data = null,
        TimeProvider? time = null,
        DateTimeOffset? asOf = null,
        Dictionary<string, string?>? settings = null,
        string? database = null
    )
    {
        var directory = data is null ? new TempDirectory() : null;
        var app = await Server.OpenAsync(
            new ServerOptions
            {
                Data = data ?? directory!.Path,
                Urls = "http://127.0.0.1:0",
                Keys = (WriteKey, SecretKey),
                SigningSecret = SigningSecret,
                Time = time,
                AsOf = asOf,
                Database = database,
                Settings = settings ?? [],
            }
        );
        await app.StartAsync();
        return new TestServer(directory, app, data ?? directory!.Path);
    }

    public async Task<(int Status, JsonElement Body)> PostAsync(
        string path,
        string json,
        string? key = null,
        string type = "application/json"
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, type),
        };
        if (key is not null)
            request.Headers.Authorization = Basic(key);
        return await ReadAsync(await Http.SendAsync(request));
    }

    public async Task<(int Status, JsonElement Body)> PutAsync(string path, string body, string type = "application/x-ndjson") =>
        await ReadAsync(await Http.PutAsync(path, new StringContent(body, Encoding.UTF8, type)));

    public async Task<(int Status, JsonElement Body)> GetAsync(string path) => await ReadAsync(await Http.GetAsync(path));

    /// <summary>Waits for a server that still catches up with its journal.</summary>
    public async Task ReadyAsync()
    {
        for (var tries = 0; (int)(await Http.GetAsync("/health/ready")).StatusCode != 200; tries++)
        {
            if (tries > 3000)
                throw new TimeoutException("The server did not get ready within 60 seconds.");
            await Task.Delay(20);
        }
    }

    public static AuthenticationHeaderValue Basic(string key) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":")));

    static async Task<(int, JsonElement)> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return ((int)response.StatusCode, isJson ? JsonDocument.Parse(body).RootElement : default);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory?.Dispose();
    }
}

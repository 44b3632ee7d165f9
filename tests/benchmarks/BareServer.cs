using System.Buffers;
using System.Text.Json;

namespace Personalization.Benchmarks;

/// <summary>The limit over HTTP: Kestrel with endpoints that do nothing but read the body to its end as JSON and answer.</summary>
static class BareServer
{
    static readonly byte[] Success = "{\"success\":true}"u8.ToArray();

    /// <param name="prepared">What GET /prepared answers.</param>
    public static async Task<(WebApplication App, int Port)> StartAsync(byte[]? prepared = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.MapPost("/v1/track", Take);
        app.MapGet("/prepared", (HttpContext http) => Answer(http, prepared ?? Success));
        await app.StartAsync();
        return (app, new Uri(app.Urls.First()).Port);
    }

    static async Task Take(HttpContext http)
    {
        var length = (int)http.Request.ContentLength!.Value;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        await http.Request.Body.ReadExactlyAsync(buffer.AsMemory(0, length));
        Walk(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        await Answer(http, Success);
    }

    static void Walk(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read()) { }
    }

    static Task Answer(HttpContext http, byte[] body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body).AsTask();
    }
}

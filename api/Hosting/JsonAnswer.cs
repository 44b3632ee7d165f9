using System.Text.Json;

namespace Personalization.Hosting;

/// <summary>An answer written straight to the response's pipe, without objects in between.</summary>
public sealed class JsonAnswer(Action<Utf8JsonWriter> write) : IResult
{
    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter)) write(json);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}

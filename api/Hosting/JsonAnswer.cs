using System.Text.Json;

namespace Personalization.Hosting;

/// <summary>An answer written straight to the response's pipe, without objects in between.</summary>
public sealed class JsonAnswer(Action<Utf8JsonWriter> write) : IResult
{
    /// <summary>Quotes and plus signs stay readable: answers are JSON and never part of a page.</summary>
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter, Options))
            write(json);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}

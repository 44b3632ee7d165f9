using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using Personalization.Hosting;

namespace Personalization.Widget;

/// <summary><c>GET /widget.js</c>: recommendations as an element that a page of the shop puts where it wants them (docs/widget.md).</summary>
public static class WidgetEndpoint
{
    static readonly byte[] Plain = Encoding.UTF8.GetBytes(Stripped(Source()));
    static readonly byte[] Compressed = Compress(Plain);
    static readonly EntityTagHeaderValue Tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Plain))[..16]}\"");

    /// <summary>Bytes of the script as a browser reads it.</summary>
    public static int Size => Plain.Length;

    public static void MapWidget(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/widget.js", Get).RequireCors(Origins.Policy).AllowAnonymous().ExcludeFromDescription();

    static IResult Get(HttpRequest request, HttpResponse response)
    {
        // Any shop's page may load it, and asks again after an hour whether it has changed.
        response.Headers.CacheControl = "public, max-age=3600";
        response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        var zipped = request.GetTypedHeaders().AcceptEncoding.Any(one => one.Value == "gzip" && one.Quality != 0);
        if (zipped)
            response.Headers.ContentEncoding = "gzip";
        return TypedResults.Bytes(zipped ? Compressed : Plain, "text/javascript; charset=utf-8", entityTag: Tag);
    }

    static string Source()
    {
        using var stream = typeof(WidgetEndpoint).Assembly.GetManifestResourceStream("Widget/widget.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Without indentation, empty lines, and the comments that stand on lines of their own; the first names the origin.</summary>
    static string Stripped(string source) =>
        string.Join(
            '\n',
            source
                .Split('\n')
                .Select(line => line.Trim())
                .Where(line => line.Length > 0 && !line.StartsWith("// ", StringComparison.Ordinal))
                .Where(line =>
                    !(line.StartsWith("/** ", StringComparison.Ordinal) && line.EndsWith("*/", StringComparison.Ordinal))
                )
        );

    static byte[] Compress(byte[] plain)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(plain);
        return compressed.ToArray();
    }
}

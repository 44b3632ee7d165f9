using System.Buffers;
using System.Text.Json;

namespace Personalization.Tracking;

/// <summary>
/// What <c>@segment/analytics-next</c> asks for at <c>GET {cdnURL}/v1/projects/{writeKey}/settings</c> before it sends anything.
/// One integration, Segment.io, and no more: a second would make it load scripts from a foreign host.
/// </summary>
public static class ClientSettings
{
    /// <summary>
    /// The document as UTF-8 JSON. <paramref name="host"/> and <paramref name="path"/> (for instance <c>shop.test:8080</c> and
    /// <c>/v1</c>) say where events go, <paramref name="scheme"/> how (<c>http</c> or <c>https</c>); a page that names its own
    /// <c>apiHost</c> when loading the client wins.
    /// </summary>
    public static byte[] Json(string writeKey, string scheme, string host, string path = "/v1")
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("integrations");
            json.WriteStartObject("Segment.io");
            json.WriteString("apiKey", writeKey);
            json.WriteString("apiHost", host + path);
            json.WriteString("protocol", scheme);
            json.WriteBoolean("addBundledMetadata", false);
            json.WriteEndObject();
            json.WriteEndObject();
            // The client's figures about itself go nowhere: sampled at zero they are not even gathered.
            json.WriteStartObject("metrics");
            json.WriteNumber("sampleRate", 0);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}

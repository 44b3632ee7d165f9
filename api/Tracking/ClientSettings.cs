using System.Text.Json.Serialization;

namespace Personalization.Tracking;

/// <summary>
/// What <c>@segment/analytics-next</c> asks for at <c>GET {cdnURL}/v1/projects/{writeKey}/settings</c> before it sends anything.
/// </summary>
public sealed record ClientSettings(ClientIntegrations Integrations, ClientMetrics Metrics)
{
    /// <summary>
    /// <paramref name="host"/> (for instance <c>shop.test:8080</c>) says where events go, <paramref name="scheme"/> how (<c>http</c>
    /// or <c>https</c>); a page that names its own <c>apiHost</c> when loading the client wins.
    /// </summary>
    public static ClientSettings Of(string writeKey, string scheme, string host) =>
        // The client's figures about itself go nowhere: sampled at zero they are not even gathered.
        new(new(new(writeKey, host + "/v1", scheme, AddBundledMetadata: false)), new(SampleRate: 0));
}

/// <summary>One integration, and no more: a second would make the client load scripts from a foreign host.</summary>
public sealed record ClientIntegrations([property: JsonPropertyName("Segment.io")] ClientIntegration Own);

public sealed record ClientIntegration(string ApiKey, string ApiHost, string Protocol, bool AddBundledMetadata);

public sealed record ClientMetrics(int SampleRate);

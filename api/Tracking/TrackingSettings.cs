using Personalization.Hosting;

namespace Personalization.Tracking;

/// <summary>Section <c>Tracking</c>.</summary>
public sealed record TrackingSettings
{
    /// <summary>Pages that may track from a browser; by default any.</summary>
    [WebAddress]
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>
    /// For shops whose only client is the browser: what the public write key says counts as signed. Any visitor can then speak for
    /// any user id.
    /// </summary>
    public bool TrustWriteKey { get; init; }

    /// <summary>
    /// Whether the header <c>Sec-GPC: 1</c> of a browser is honoured: its calls are tracked anonymously. The default is true.
    /// </summary>
    public bool GlobalPrivacyControl { get; init; } = true;
}

namespace Personalization.Tracking;

/// <summary>
/// What RudderStack's clients ask for at <c>GET /sourceConfig</c>: a source that is on, without destinations of its own, so that
/// a browser loads no scripts from a foreign host.
/// </summary>
public sealed record SourceConfig(ClientSource Source)
{
    public static SourceConfig Own { get; } =
        new(new ClientSource("storefront", "Storefront", Enabled: true, "personalization", new(new(new(false), new(false))), []));
}

/// <summary>The source that a write key belongs to; <paramref name="Destinations"/> is always empty.</summary>
public sealed record ClientSource(
    string Id,
    string Name,
    bool Enabled,
    string WorkspaceId,
    ClientSourceConfig Config,
    IReadOnlyList<string> Destinations
);

public sealed record ClientSourceConfig(ClientStatistics StatsCollection);

/// <summary>What the client would report of itself: nothing.</summary>
public sealed record ClientStatistics(ClientStatistic Errors, ClientStatistic Metrics);

public sealed record ClientStatistic(bool Enabled);

using Personalization.Journal;
using Personalization.Storage.Postgres;

namespace Personalization.Hosting;

/// <summary>What the command line says about a server.</summary>
public sealed record ServerOptions
{
    /// <summary>Everything the embedded edition writes is in this directory.</summary>
    public required string Data { get; init; }

    /// <summary>Where to listen, for instance http://localhost:5080.</summary>
    public string? Urls { get; init; }

    /// <summary>A PostgreSQL connection string instead of the embedded database.</summary>
    public string? Database { get; init; }

    /// <summary>Live at another time: history as of its own days, in a scratch copy, nothing delivered.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Whether other silos share the data; a server at another time has a private copy.</summary>
    internal bool IsClustered => Database is not null && AsOf is null;

    /// <summary>Keys to take where the environment names none, instead of making some. The demo's are known, so that its examples work as they stand.</summary>
    public (string Write, string Secret)? Keys { get; init; }

    /// <summary>Signs user tokens (docs/trust.md) where the environment names no secret, instead of one that is made.</summary>
    public string? SigningSecret { get; init; }

    /// <summary>Settings beyond those of files and environment, which they override: for programs that host a server.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>The clock; the system's by default. <see cref="AsOf"/> sets one of its own.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Settings that keep a server from a database that the environment names.</summary>
    public static readonly IReadOnlyDictionary<string, string?> NoDatabase = new Dictionary<string, string?>
    {
        [DatabaseSetting.Variable] = "",
        [DatabaseSetting.FileVariable] = "",
        ["ConnectionStrings:Personalization"] = "",
    };

    public const string DefaultUrls = "http://localhost:5080";

    /// <summary>
    /// The database: given here, or set as <c>PERSONALIZATION_DATABASE</c>, in the file that <c>PERSONALIZATION_DATABASE_FILE</c>
    /// names, or as the connection string <c>Personalization</c>, which keep its password off the command line; null for the
    /// embedded one.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    internal string? DatabaseIn(IConfiguration configuration) =>
        new[]
        {
            Database,
            configuration[DatabaseSetting.Variable],
            DatabaseSetting.InFile(configuration[DatabaseSetting.FileVariable]),
            configuration.GetConnectionString("Personalization"),
        }.FirstOrDefault(text => !string.IsNullOrEmpty(text));

    /// <summary>The addresses to listen at: given here, or set as <c>urls</c>, or the default.</summary>
    /// <exception cref="ArgumentException">One of them is not an address.</exception>
    internal string UrlsIn(IConfiguration configuration)
    {
        var urls = Urls ?? configuration["urls"] ?? DefaultUrls;
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
            if (
                !url.Contains("://")
                || !Uri.TryCreate(url.Replace("://*", "://a").Replace("://+", "://a"), UriKind.Absolute, out var uri)
                || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            )
                throw new ArgumentException($"--urls: \"{url}\" is not an address such as {DefaultUrls}.");
        return urls;
    }
}

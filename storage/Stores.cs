using Personalization.Storage.Postgres;
using Personalization.Storage.Sqlite;

namespace Personalization.Storage;

/// <summary>Opens the store that the options name.</summary>
public static class Stores
{
    /// <summary>Opens PostgreSQL where there is a connection string, SQLite otherwise; brings its tables up to date first.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be opened: the message says why and what to do.</exception>
    public static async Task<IStore> OpenAsync(StoreOptions options, TimeProvider time, CancellationToken cancel = default) =>
        options.ConnectionString is { Length: > 0 }
            ? await PostgresStore.OpenAsync(options, time, cancel)
            : await SqliteStore.OpenAsync(options, time, cancel);
}

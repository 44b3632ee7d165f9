using Personalization.Journal;
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

    /// <summary>Opens it to read, also beside the server that owns it.</summary>
    /// <exception cref="StoreUnavailableException">There is nothing to read, or it cannot be opened.</exception>
    public static async Task<IStore> OpenReadOnlyAsync(
        StoreOptions options,
        TimeProvider time,
        CancellationToken cancel = default
    )
    {
        if (options.ConnectionString is null && !File.Exists(Path.Combine(options.DataDirectory, "journal.db")))
            throw new StoreUnavailableException(
                $"There is no shop's data in {options.DataDirectory}. Name the server's data directory with --data."
            );
        return await OpenAsync(options with { ReadOnly = true }, time, cancel);
    }
}

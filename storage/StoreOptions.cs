namespace Personalization.Storage;

/// <summary>Where a shop's data is.</summary>
public sealed record StoreOptions
{
    /// <summary>The folder of the embedded databases; also where files of this process (indexes, models) are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>A PostgreSQL connection string. Null, the default: SQLite in <see cref="DataDirectory"/>.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Shorter than a call between silos may take, so that it is the database that a caller hears of.</summary>
    public static readonly TimeSpan DefaultCommandTimeout = TimeSpan.FromSeconds(4);

    /// <summary>How long PostgreSQL is waited for, per query. The default is 4 seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = DefaultCommandTimeout;

    /// <summary>The file of the key that wraps the customers' keys. By default the data directory's name with ".master.key" added, beside it.</summary>
    public string? MasterKeyPath { get; init; }

    /// <summary>
    /// Opened beside the process that owns the directory, to read only: no lock is taken, no table brought up to date. A
    /// write through such a store is a fault of the caller.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// Opened although the customers' keys are gone: what they sealed, the profiles, stays unreadable for good, and new keys are
    /// made.
    /// </summary>
    public bool AcceptLostKeys { get; init; }

    /// <summary>The file itself.</summary>
    public string MasterKeyFile =>
        MasterKeyPath ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(DataDirectory)) + ".master.key";
}

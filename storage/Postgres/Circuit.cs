using Npgsql;
using Personalization.Journal;

namespace Personalization.Storage.Postgres;

/// <summary>
/// Whether the server answers. After a failure that may not be of one query alone it is asked for a word; while it gives
/// none, everybody is refused at once instead of waiting for the same silence, and it is asked again and again.
/// </summary>
sealed class Circuit : IDisposable
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    readonly CancellationTokenSource _stop = new();
    readonly string _connectionString;
    volatile string? _away;
    int _asking;

    public Circuit(string connectionString)
    {
        var session = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // A session of its own: one that is kept may be broken, and the pool's may all be taken.
            Pooling = false,
            Timeout = 2,
            CommandTimeout = 2,
            CancellationTimeout = -1,
        };
        _connectionString = session.ConnectionString;
    }

    /// <exception cref="StoreUnavailableException">The server is known to give no answer.</exception>
    public void ThrowIfAway()
    {
        if (_away is { } why)
            throw new StoreUnavailableException(why);
    }

    /// <summary>Something failed as if the server were away.</summary>
    /// <param name="why">What to tell while it is.</param>
    public void Suspect(string why)
    {
        if (Interlocked.Exchange(ref _asking, 1) == 0)
            _ = Task.Run(() => AskAsync(why));
    }

    async Task AskAsync(string why)
    {
        while (!await AnswersAsync() && !_stop.IsCancellationRequested)
        {
            _away = why;
            await Task.Delay(Every, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _away = null;
        Interlocked.Exchange(ref _asking, 0);
    }

    async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(_connectionString);
            await connection.OpenAsync(_stop.Token);
            await using var word = new NpgsqlCommand("SELECT 1", connection);
            await word.ExecuteNonQueryAsync(_stop.Token);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Dispose() => _stop.Cancel();
}

using Personalization.Journal;
using Personalization.Models.Commands;
using Personalization.Models.Recommendations;
using Personalization.Storage;
using Personalization.Storage.Postgres;
using Spectre.Console;

namespace Personalization.Models.Histories;

/// <summary>What a server recorded, read beside it. A command line is synchronous to its end: nothing else is to be done meanwhile.</summary>
/// <param name="console">Where the progress of reading is shown.</param>
public sealed class ServerRecords(IAnsiConsole console)
{
    /// <summary>Customers' histories; see <see cref="HistoryReader"/>.</summary>
    public IEnumerable<TrainingCustomer> Histories(string data, string? database) =>
        ModelTables.Progress(console, "reading the journal", progress =>
            With(data, database, store => RecordedHistories.ReadAsync(store, progress: progress))
        );

    /// <summary>What was done with products; see <see cref="ActReader"/>.</summary>
    public ClickLog Acts(string data, string? database, int until) =>
        With(data, database, store => RecordedActs.ReadAsync(store, until));

    static string? InEnvironment() =>
        Environment.GetEnvironmentVariable(DatabaseSetting.Variable) is { Length: > 0 } database
            ? database
            : DatabaseSetting.InFile(Environment.GetEnvironmentVariable(DatabaseSetting.FileVariable));

    static T With<T>(string data, string? database, Func<IStore, Task<T>> read)
    {
        return ReadAsync().GetAwaiter().GetResult();

        async Task<T> ReadAsync()
        {
            var options = new StoreOptions { DataDirectory = data, ConnectionString = database ?? InEnvironment() };
            await using var store = await Stores.OpenReadOnlyAsync(options, TimeProvider.System);
            return await read(store);
        }
    }
}

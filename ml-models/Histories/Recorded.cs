using Personalization.Storage;

namespace Personalization.Models;

/// <summary>What a server recorded, read beside it. A command line is synchronous to its end: nothing else is to be done meanwhile.</summary>
public static class Recorded
{
    /// <summary>Everybody's history; see <see cref="HistoryReader"/>.</summary>
    public static IEnumerable<TrainingCustomer> Histories(string data, string? database) =>
        With(data, database, store => RecordedHistories.ReadAsync(store));

    /// <summary>What was done with products; see <see cref="ActReader"/>.</summary>
    public static ClickLog Acts(string data, string? database, int until) =>
        With(data, database, store => RecordedActs.ReadAsync(store, until));

    private static T With<T>(string data, string? database, Func<IStore, Task<T>> read)
    {
        return ReadAsync().GetAwaiter().GetResult();

        async Task<T> ReadAsync()
        {
            var options = new StoreOptions { DataDirectory = data, ConnectionString = database };
            await using var store = await Stores.OpenReadOnlyAsync(options, TimeProvider.System);
            return await read(store);
        }
    }
}

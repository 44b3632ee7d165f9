using Personalization.Models;
using Personalization.Storage;
using Spectre.Console;

return new ModelCommands(AnsiConsole.Console, TimeProvider.System, Recorded).Run(args);

// The command line is synchronous to its end: there is nothing else for this process to do meanwhile.
static IEnumerable<TrainingCustomer> Recorded(string data, string? database) => ReadAsync(data, database).GetAwaiter().GetResult();

static async Task<List<TrainingCustomer>> ReadAsync(string data, string? database)
{
    if (database is null && !File.Exists(Path.Combine(data, "journal.db")))
        throw new InvalidOperationException($"There is no shop's data in {data}. Name the server's data directory with --data.");
    await using var store = await Stores.OpenAsync(new StoreOptions { DataDirectory = data, ConnectionString = database }, TimeProvider.System);
    return await RecordedHistories.ReadAsync(store);
}

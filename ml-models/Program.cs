using Personalization.Models;
using Personalization.Storage;

return new ModelCommands(Terminal.Create(), TimeProvider.System, Recorded, Acts).Run(args);

// The command line is synchronous to its end: there is nothing else for this process to do meanwhile.
static IEnumerable<TrainingCustomer> Recorded(string data, string? database) => ReadAsync(data, database).GetAwaiter().GetResult();

static async Task<List<TrainingCustomer>> ReadAsync(string data, string? database)
{
    await using var store = await Stores.OpenReadOnlyAsync(new StoreOptions { DataDirectory = data, ConnectionString = database }, TimeProvider.System);
    return await RecordedHistories.ReadAsync(store);
}

static ClickLog Acts(string data, string? database, int until) => ReadActsAsync(data, database, until).GetAwaiter().GetResult();

static async Task<ClickLog> ReadActsAsync(string data, string? database, int until)
{
    await using var store = await Stores.OpenReadOnlyAsync(new StoreOptions { DataDirectory = data, ConnectionString = database }, TimeProvider.System);
    return await RecordedActs.ReadAsync(store, until);
}

using System.Text;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Shop;
using Personalization.Storage.Models;

namespace Personalization.Hosting;

/// <summary>
/// Notices within seconds when another model is put in use, loads it, and wakes the buyers one after another: a new model
/// moves everybody's crossing of the warning threshold.
/// </summary>
public sealed partial class ModelWatcher(
    string data,
    CurrentShop shop,
    IStore store,
    IGrainFactory grains,
    ShopClock time,
    ILogger<ModelWatcher> log
) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>Buyers woken a second after a change of model.</summary>
    const int RearmedPerSecond = 500;

    string? loaded,
        loadedRanking,
        loadedValue;

    /// <summary>Loads the models in use, those of them that can be read.</summary>
    /// <returns>Whether another churn model is in use than before.</returns>
    public bool Load()
    {
        LoadRanking();
        LoadValue();
        return LoadChurn();
    }

    void LoadRanking()
    {
        var registry = new RankingRegistry(data);
        var version = registry.CurrentVersion();
        if (version is null || version == loadedRanking)
            return;
        loadedRanking = version;
        if (registry.TryCurrent(out var problem) is { } model)
        {
            shop.Change(world => world with { Ranking = model });
            Log.RankingInUse(log, version);
        }
        else if (problem is not null)
        {
            Log.RankingUnreadable(log, version, problem);
        }
    }

    void LoadValue()
    {
        var registry = new ValueRegistry(data);
        var version = registry.CurrentVersion();
        if (version is null || version == loadedValue)
            return;
        loadedValue = version;
        if (registry.TryCurrent(out var problem) is { } model)
        {
            shop.Change(world => world with { Value = model });
            Log.ValueInUse(log, version);
        }
        else if (problem is not null)
        {
            Log.ValueUnreadable(log, version, problem);
        }
    }

    /// <summary>What was put in use on another server's disk comes to this one through the database, and the other way round.</summary>
    async Task ShareAsync(CancellationToken stop)
    {
        try
        {
            await SharedModels.SyncAsync(store, new ModelRegistry(data), stop);
            await SharedModels.SyncAsync(store, new ValueRegistry(data), stop);
            await SharedModels.SyncAsync(store, new RankingRegistry(data), stop);
        }
        catch (Exception problem)
            when (problem
                    is StoreUnavailableException
                        or IOException
                        or InvalidDataException
                        or InvalidOperationException
                        or UnauthorizedAccessException
            )
        {
            // Tried again in a moment; said once.
            if (problem.Message != notShared)
                Log.NotShared(log, problem.Message);
            notShared = problem.Message;
        }
    }

    string? notShared;

    bool LoadChurn()
    {
        var version = new ModelRegistry(data).CurrentVersion();
        if (version is null || version == loaded)
            return false;
        var model = ModelRegistry.TryLoadCurrent(data, out var problem);
        if (model is null)
        {
            if (problem is not null)
                Log.Unreadable(log, version, problem);
            loaded = version;
            return false;
        }
        shop.Change(world => world with { Churn = model });
        Log.InUse(log, model.Version);
        loaded = version;
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        try
        {
            // A model that was put in use while no server ran moves the crossings all the same.
            if (await IsNewsAsync())
                await RearmAsync(stop);
            while (true)
            {
                await Task.Delay(Every, stop);
                await ShareAsync(stop);
                if (Load() && await IsNewsAsync())
                    await RearmAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    /// <summary>Whether the customers were armed by another model than the one in use; remembers this one.</summary>
    async Task<bool> IsNewsAsync()
    {
        const string name = "churn.armed-by";
        var version = Encoding.UTF8.GetBytes(shop.Current.Churn.Version);
        var before = await store.ReadSettingAsync(name);
        if (before is not null && before.AsSpan().SequenceEqual(version))
            return false;
        await store.SaveSettingAsync(name, version);
        return before is not null;
    }

    async Task RearmAsync(CancellationToken stop)
    {
        for (long after = 0; ; )
        {
            var rows = await store.ReadModels.ListCustomersAsync(new CustomerFilter(Buyers: true), after, RearmedPerSecond, stop);
            foreach (var row in rows)
                await grains.Customer(row.Customer).WakeAsync(time.Now);
            if (rows.Count < RearmedPerSecond)
                return;
            after = rows[^1].Customer;
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Churn model {Version} is in use.")]
        public static partial void InUse(ILogger log, string version);

        [LoggerMessage(Level = LogLevel.Information, Message = "Value model {Version} is in use.")]
        public static partial void ValueInUse(ILogger log, string version);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Value model {Version} cannot be used: {Problem} What was known before goes on."
        )]
        public static partial void ValueUnreadable(ILogger log, string version, string problem);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Models cannot be shared through the database: {Problem}")]
        public static partial void NotShared(ILogger log, string problem);

        [LoggerMessage(Level = LogLevel.Information, Message = "Ranking model {Version} is in use.")]
        public static partial void RankingInUse(ILogger log, string version);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Ranking model {Version} cannot be used: {Problem} What ranked before goes on."
        )]
        public static partial void RankingUnreadable(ILogger log, string version, string problem);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Churn model {Version} cannot be used: {Problem} The model before stays in use."
        )]
        public static partial void Unreadable(ILogger log, string version, string problem);
    }
}

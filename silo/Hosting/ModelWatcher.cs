using Personalization.Churn;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Storage.Models;

namespace Personalization.Hosting;

/// <summary>Notices within seconds when another model is put in use, here or on another server, and loads it.</summary>
public sealed partial class ModelWatcher(
    string data,
    CurrentShop shop,
    ISettings settings,
    CustomerRearming rearming,
    ILogger<ModelWatcher> log
) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    readonly ModelSlot<ChurnModel> _churn = new(
        new ModelRegistry(data),
        shop,
        (context, model) => context with { Churn = model },
        "The model before stays in use.",
        log
    );

    readonly ModelSlot<RankingModel> _ranking = new(
        new RankingRegistry(data),
        shop,
        (context, model) => context with { Ranking = model },
        "What ranked before goes on.",
        log
    );

    readonly ModelSlot<ValueModel> _value = new(
        new ValueRegistry(data),
        shop,
        (context, model) => context with { Value = model },
        "What was known before goes on.",
        log
    );

    string? _notShared;

    /// <summary>Loads the models in use, those of them that can be read.</summary>
    /// <returns>Whether another churn model is in use than before.</returns>
    public bool Load()
    {
        _ranking.Load();
        _value.Load();
        return _churn.Load();
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        try
        {
            // A model that was put in use while no server ran moves the crossings all the same.
            await rearming.RearmIfNewsAsync(stop);
            while (true)
            {
                await Task.Delay(Every, stop);
                await ShareAsync(stop);
                if (Load())
                    await rearming.RearmIfNewsAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    async Task ShareAsync(CancellationToken stop)
    {
        try
        {
            await _churn.ShareAsync(settings, stop);
            await _value.ShareAsync(settings, stop);
            await _ranking.ShareAsync(settings, stop);
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
            if (problem.Message != _notShared)
                Log.NotShared(log, problem.Message);
            _notShared = problem.Message;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Models cannot be shared through the database: {Problem}")]
        public static partial void NotShared(ILogger log, string problem);
    }
}

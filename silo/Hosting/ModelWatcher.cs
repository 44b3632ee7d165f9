using Personalization.Churn;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Recommendations;
using Personalization.Storage.Models;

namespace Personalization.Hosting;

/// <summary>Notices within seconds when another model is put in use, here or on another server, and loads it.</summary>
public sealed partial class ModelWatcher(
    string data,
    CurrentShop shop,
    ISettings settings,
    CustomerRearming rearming,
    LeaderService leader,
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

    string? _problem;

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
            var isDue = true;
            while (true)
            {
                // The other silos load a model meanwhile, before the leader wakes the customers for it.
                await Task.Delay(Every, stop);
                if (isDue && leader.IsLeader)
                    isDue = !await SucceedsAsync(rearming.RearmIfNewsAsync, stop);
                await SucceedsAsync(ShareAsync, stop);
                isDue |= Load();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    async Task ShareAsync(CancellationToken stop)
    {
        await _churn.ShareAsync(settings, stop);
        await _value.ShareAsync(settings, stop);
        await _ranking.ShareAsync(settings, stop);
    }

    /// <summary>What fails is said once, and tried again in a moment.</summary>
    async Task<bool> SucceedsAsync(Func<CancellationToken, Task> actAsync, CancellationToken stop)
    {
        try
        {
            await actAsync(stop);
            return true;
        }
        catch (Exception problem) when (!stop.IsCancellationRequested)
        {
            if (problem.Message != _problem)
                Log.Failed(log, problem.Message);
            _problem = problem.Message;
            return false;
        }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Models cannot be shared, or customers not be woken for them; trying again: {Problem}"
        )]
        public static partial void Failed(ILogger log, string problem);
    }
}

using Personalization.Churn;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>What "train churn" was asked for.</summary>
internal sealed record ChurnTrainRequest(
    string Data, DateTimeOffset Now, int HorizonDays, string By, BoostingSettings Settings);

/// <summary>
/// "train churn": snapshots from the history up to now, trees, judgement on the latest window, registration, and promotion
/// when the new model is not worse than the one in use.
/// </summary>
internal sealed class ChurnTrainCommand(IAnsiConsole console, TimeProvider clock)
{
    public int Run(IEnumerable<TrainingCustomer> source, ChurnTrainRequest request)
    {
        int now = checked((int)request.Now.ToUnixTimeSeconds());
        List<TrainingCustomer> customers = [.. source.Where(c => c.Purchases.Length > 0 && c.Purchases[0].Time < now)];
        if (customers.Count == 0)
            return Refuse("There is no purchase before that time to learn from.");
        int first = customers.Min(customer => customer.Purchases[0].Time);
        if (CutoffPlan.Choose(first, now, request.HorizonDays) is not { } plan)
            return Refuse("The recorded history is too short: from the first purchase on "
                + $"{CutoffPlan.LeastDays(request.HorizonDays)} days are needed to learn from, "
                + $"and {request.HorizonDays} more to judge the model by.");
        IReadOnlyList<int> all = plan.Test is { } test ? [.. plan.Train, test] : plan.Train;
        var snapshots = Snapshots.Stack(customers, all, request.HorizonDays);
        var train = snapshots.Of([.. plan.Train]);
        if (ChurnTraining.Obstacle(train) is { } obstacle)
            return Refuse(obstacle);

        var registry = new ModelRegistry(request.Data);
        var trainedAt = clock.GetUtcNow();
        string version = registry.NewVersion(trainedAt);
        var trained = ModelTables.Progress(console, $"training {version}",
            progress => ChurnTraining.Fit(train, request.HorizonDays, version, request.Settings, progress));
        var champion = ModelRegistry.TryLoadCurrent(request.Data, out string? problem);
        var later = plan.Test is { } cutoff ? snapshots.Of([cutoff]) : null;
        var metrics = Judge(train, later, trained, champion);
        registry.Register(trained.Model, Card(request, trainedAt, first, plan, train, trained, metrics));
        console.MarkupLineInterpolated($"Churn model [bold]{version}[/]: {train.Count:N0} rows, {trained.Trees} trees.");
        if (metrics.Count > 0)
            ModelTables.Methods(console, metrics);
        Decide(registry, trained, champion, problem, metrics, request.By, trainedAt);
        return 0;
    }

    private const string Trainer = ChurnComparison.Trees;
    private const string Champion = "champion";

    private static List<MethodResult> Judge(
        Snapshots train, Snapshots? later, TrainedChurn trained, ChurnModel? champion)
    {
        if (later is null || later.Churned == 0 || later.Churned == later.Count)
            return [];
        List<MethodResult> metrics =
        [
            ChurnComparison.Judge("recency", later, Baseline.Recency(train).Predict(later)),
            ChurnComparison.Judge("RFM logistic", later, Baseline.Rfm(train).Predict(later)),
            ChurnComparison.Judge(Trainer, later, ChurnComparison.Predict(trained.Model, later), trained.Seconds),
        ];
        if (champion is not null)
            metrics.Add(ChurnComparison.Judge(Champion, later, ChurnComparison.Predict(champion, later)));
        return metrics;
    }

    private void Decide(
        ModelRegistry registry, TrainedChurn trained, ChurnModel? champion, string? problem,
        List<MethodResult> metrics, string by, DateTimeOffset at)
    {
        if (problem is not null)
            console.MarkupLineInterpolated($"[yellow]The model in use cannot be read: {problem}[/]");
        var (promote, reason) = PromotionGate.Decide(
            metrics.Find(method => method.Method == Trainer)?.All, metrics.Find(method => method.Method == Champion)?.All,
            champion is null || champion.HorizonDays == trained.Model.HorizonDays);
        // A model in use that could not be judged here is not replaced unseen.
        if (promote && champion is not null && metrics.Count == 0)
            (promote, reason) = (false, "the data do not reach far enough to compare it with the model in use");
        if (promote)
            registry.Promote(trained.Model.Version, by, reason, at);
        console.MarkupLineInterpolated($"{(promote ? "Put in use" : "Not put in use")}, because {reason}.");
    }

    private static ModelCard Card(
        ChurnTrainRequest request, DateTimeOffset trainedAt, int first, CutoffPlan plan, Snapshots train,
        TrainedChurn trained, IReadOnlyList<MethodResult> metrics) => new()
        {
            Version = trained.Model.Version,
            TrainedAt = trainedAt,
            By = request.By,
            Trainer = Trainer,
            HorizonDays = request.HorizonDays,
            DataFrom = Day(first),
            DataTo = Day((plan.Test ?? plan.Train[^1]) + request.HorizonDays * ChurnHistory.Day),
            TrainCutoffs = [.. plan.Train.Select(Day)],
            TestCutoff = plan.Test is { } test ? Day(test) : null,
            Rows = train.Count,
            ChurnRate = train.Churned / (double)train.Count,
            Trees = trained.Trees,
            FitSeconds = trained.Seconds,
            CrossValidatedLogLoss = trained.CrossValidatedLogLoss,
            Line = trained.Model.Line,
            Calibration = trained.Model.Calibration,
            Population = trained.Model.Population,
            Settings = request.Settings,
            Metrics = metrics,
            Features = [.. ChurnFeatures.All.Select(feature => feature.Name)],
        };

    private static DateOnly Day(int seconds) =>
        DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime);

    private int Refuse(string why)
    {
        console.MarkupLineInterpolated($"[red]{why}[/] Nothing was registered; the model in use stays.");
        return 1;
    }
}

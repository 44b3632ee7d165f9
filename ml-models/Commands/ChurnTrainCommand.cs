using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Reports;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>What "train churn" was asked for.</summary>
/// <param name="Anyway">Put the model in use even if it is worse than the one in use.</param>
/// <param name="Method">Which method to take; null: the best on the training rows.</param>
sealed record ChurnTrainRequest(
    string Data,
    DateTimeOffset Now,
    int HorizonDays,
    string By,
    BoostingSettings Settings,
    bool Anyway = false,
    string? Method = null
);

/// <summary>
/// "train churn": snapshots from the history up to now, every method, judgement on the latest window, registration, and promotion
/// when the new model is not worse than the one in use.
/// </summary>
sealed class ChurnTrainCommand(IAnsiConsole console, TimeProvider clock)
{
    public int Run(IEnumerable<TrainingCustomer> source, ChurnTrainRequest request)
    {
        int now = checked((int)request.Now.ToUnixTimeSeconds());
        List<TrainingCustomer> customers = [.. source.Where(c => c.Purchases.Length > 0 && c.Purchases[0].Time < now)];
        if (customers.Count == 0)
            return Refuse("There is no purchase before that time to learn from.");
        int first = customers.Min(customer => customer.Purchases[0].Time);
        if (CutoffPlan.Choose(first, now, request.HorizonDays) is not { } plan)
            return Refuse(
                "The recorded history is too short: from the first purchase on "
                    + $"{CutoffPlan.MinDays(request.HorizonDays)} days are needed to learn from, "
                    + $"and {request.HorizonDays} more to judge the model by."
            );
        IReadOnlyList<int> all = plan.Test is { } test ? [.. plan.Train, test] : plan.Train;
        var snapshots = Snapshots.Stack(customers, all, request.HorizonDays);
        var train = snapshots.Of([.. plan.Train]);
        if (ChurnTrees.Obstacle(train) is { } obstacle)
            return Refuse(obstacle);

        var registry = new ModelRegistry(request.Data);
        var trainedAt = clock.GetUtcNow();
        string version = registry.NewVersion(trainedAt);
        var champion = registry.TryCurrent(out string? problem);
        if (champion?.HorizonDays is { } used && used != request.HorizonDays)
            console.MarkupLineInterpolated(
                $"[yellow]The model in use predicts {used} days, this one {request.HorizonDays}; try --horizon-days {used}.[/]"
            );
        var later = plan.Test is { } cutoff ? snapshots.Of([cutoff]) : null;
        var tried = ModelTables.Steps(console, progress =>
            ChurnMethods.Train(new(train, later ?? train, request.HorizonDays, version, request.Settings), progress)
        );
        var trained = request.Method is null
            ? ChurnMethods.Best(tried, train)
            : tried.FirstOrDefault(method => method.Method == request.Method)
                ?? throw new InvalidOperationException(
                    $"There is no method \"{request.Method}\"; trained were {string.Join(", ", tried.Select(m => m.Method))}."
                );
        console.MarkupLineInterpolated($"{ChurnTrees.Trainer}");
        var judgements = Judge(later, tried, champion);
        // As customers stand now, not at the cutoffs: what is served from tomorrow on is like this.
        var present = Snapshots.Stack(customers, [now], request.HorizonDays);
        var card = Card(request, trainedAt, first, plan, train, trained, judgements, FeatureProfile.Of(present));
        registry.Register(trained.Model, card, trained.Zip);
        console.MarkupLineInterpolated(
            $"Churn model [bold]{version}[/]: {trained.Method}, {train.Count:N0} rows, {trained.Trees} trees."
        );
        if (judgements.Count > 0)
            ModelTables.Methods(console, card.Metrics);
        var (promoted, decision) = Decide(registry, trained, champion, problem, judgements, later?.Labels, request, trainedAt);
        Report(registry.ReportOf(version), card, trained.Model, later ?? train, judgements, later?.Labels, decision);
        return promoted ? 0 : ModelCommands.NotPutInUse;
    }

    const string Champion = "champion";

    static List<Judgement> Judge(Snapshots? later, IReadOnlyList<TrainedChurn> tried, ChurnModel? champion)
    {
        if (later is null || later.Churned == 0 || later.Churned == later.Count)
            return [];
        var judgements = tried
            .Select(method => Of(method.Method, ChurnComparison.Predict(method.Model, later), method.Seconds))
            .ToList();
        if (champion is not null)
            judgements.Add(Of(Champion, ChurnComparison.Predict(champion, later), 0));
        return judgements;

        Judgement Of(string method, double[] risks, double seconds) =>
            new(ChurnComparison.Judge(method, later, risks, seconds) with { Auc = Bootstrap.Auc(risks, later.Labels) }, risks);
    }

    (bool Promoted, string Decision) Decide(
        ModelRegistry registry,
        TrainedChurn trained,
        ChurnModel? champion,
        string? problem,
        List<Judgement> judgements,
        bool[]? churned,
        ChurnTrainRequest request,
        DateTimeOffset at
    )
    {
        if (problem is not null)
            console.MarkupLineInterpolated($"[yellow]The model in use cannot be read: {problem}[/]");
        var (own, other) = (Named(trained.Method), Named(Champion));
        var contest = own is not null && other is not null ? Contest.Of(own.Risks, other.Risks, churned!) : null;
        var (promote, reason) = PromotionGate.Decide(
            own?.Result.All,
            champion is not null,
            contest,
            champion is null || champion.HorizonDays == trained.Model.HorizonDays
        );
        if (!promote && request.Anyway)
            (promote, reason) = (true, $"{request.By} asked for it although {reason}");
        if (promote)
            registry.Promote(trained.Model.Version, request.By, reason, at);
        string decision = $"{(promote ? "Put in use" : "Not put in use")}, because {reason}.";
        console.MarkupLineInterpolated($"{decision}");
        return (promote, decision);

        Judgement? Named(string method) => judgements.Find(judgement => judgement.Result.Method == method);
    }

    void Report(
        string path,
        ModelCard card,
        ChurnModel model,
        Snapshots explained,
        List<Judgement> judgements,
        bool[]? churned,
        string decision
    )
    {
        var page = new HtmlPage($"Churn model {card.Version}").Note(decision);
        if (judgements.Count > 0)
            page.Methods(judgements, churned!);
        page.Importance(model, explained).Card(card).Save(path);
        console.MarkupLineInterpolated($"Report: {path}");
    }

    static ModelCard Card(
        ChurnTrainRequest request,
        DateTimeOffset trainedAt,
        int first,
        CutoffPlan plan,
        Snapshots train,
        TrainedChurn trained,
        IEnumerable<Judgement> judgements,
        IReadOnlyList<FeatureProfile> profile
    ) =>
        new()
        {
            Version = trained.Model.Version,
            TrainedAt = trainedAt,
            By = request.By,
            Trainer = trained.Method,
            HorizonDays = request.HorizonDays,
            DataFrom = Day(first),
            DataTo = Day((plan.Test ?? plan.Train[^1]) + request.HorizonDays * ChurnHistory.Day),
            TrainCutoffs = [.. plan.Train.Select(Day)],
            TestCutoff = plan.Test is { } test ? Day(test) : null,
            Rows = train.Count,
            ChurnRate = train.Churned / (double)train.Count,
            Trees = trained.Trees,
            TreeTrainer = trained.Trees > 0 ? TreeTrainer.Default.Name : null,
            FitSeconds = trained.Seconds,
            CrossValidatedLogLoss = trained.CrossValidatedLogLoss,
            Threshold = trained.Model.Threshold,
            Calibration = trained.Model.Calibration,
            Population = trained.Model.Population,
            Settings = request.Settings,
            Metrics = [.. judgements.Select(judgement => judgement.Result)],
            Profile = profile,
            Features = [.. ChurnFeatures.All.Select(feature => feature.Name)],
        };

    static DateOnly Day(int seconds) => DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime);

    int Refuse(string why)
    {
        console.MarkupLineInterpolated($"[red]{why}[/] Nothing was registered; the model in use stays.");
        return 1;
    }
}

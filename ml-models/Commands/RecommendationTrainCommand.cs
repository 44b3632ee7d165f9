using Personalization.Catalogue;
using Personalization.Models.Recommendations;
using Personalization.Recommendations;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>
/// "train recommendations": a ranking from what was recorded, judged on the latest visits by a training that did not see them,
/// registered, and promoted when it is better than no training and not worse than the model in use.
/// </summary>
sealed class RecommendationTrainCommand(IAnsiConsole console, TimeProvider clock)
{
    // The latest visits, kept apart to judge by.
    const double Judged = 0.08;

    // About what chance moves the mean reciprocal rank of some thousand questions by.
    const double Tolerance = 0.003;

    const int MaxQuestions = 5000;

    // Fewer questions than this decide nothing.
    const int MinAsked = 100;

    public int Run(ClickLog log, string data, string by, int seed)
    {
        if (log.Count == 0)
            return Refuse("Nothing was recorded before that time to learn from.");
        // Many short blocks: the index a question meets lags behind by a thousandth of the visits, as a server's does by moments.
        var settings = new RankingTrainingSettings { Block = 0.001, Seed = seed };
        var registry = new RankingRegistry(data);
        var trainedAt = clock.GetUtcNow();
        string version = registry.NewVersion(trainedAt);
        void Print(string line) => console.MarkupLineInterpolated($"[grey]{line}[/]");
        int start = log.StartOfLast(Judged);
        var catalogue = Sellable(log);
        if (new RankingTraining(log.First(start), catalogue, settings, Print).Run(version) is not { } earlier)
            return Refuse("Too few visits with a second product were recorded to learn from.");
        var champion = registry.TryCurrent(out string? problem);
        var judge = new Judge(log, catalogue, start);
        var metrics = judge.Clicks(earlier.Full, champion);
        if (new RankingTraining(log, catalogue, settings, Print).Run(version) is not { } trained)
            return Refuse("Too few visits with a second product were recorded to learn from.");
        // A ranking that does not find more than what would serve in its place is left out.
        var ranking = trained.Full.With(
            judge.IsBetter(Objective.CartAdd, earlier.Full.CartAdds, null, metrics) ? trained.Full.CartAdds : null,
            judge.IsBetter(Objective.Purchase, earlier.Full.Purchases, null, metrics) ? trained.Full.Purchases : null
        );
        registry.Register(
            ranking,
            new RankingCard(
                version,
                trainedAt,
                by,
                At(log[0].Time),
                At(log[log.Count - 1].Time),
                log.Count,
                trained.Full.Trees?.Count ?? 0,
                trained.Seconds,
                metrics
            )
        );
        console.MarkupLineInterpolated(
            $"Ranking model [bold]{version}[/]: {log.Count:N0} acts, {trained.Full.Trees?.Count ?? 0} trees."
        );
        foreach (var figures in metrics)
            console.Profile.Out.Writer.WriteLine(figures.ToLine());
        if (problem is not null)
            console.MarkupLineInterpolated($"[yellow]The model in use cannot be read: {problem}[/]");
        var (promote, reason) = Decide(metrics, champion is not null);
        if (promote)
            registry.Promote(version, by, reason, trainedAt);
        console.MarkupLineInterpolated($"{(promote ? "Put in use" : "Not put in use")}, because {reason}.");
        return promote ? 0 : ModelCommands.NotPutInUse;
    }

    /// <summary>Asks what the visits kept apart answer.</summary>
    sealed class Judge
    {
        readonly ClickLog _log;
        readonly ProductCatalogue _catalogue;
        readonly ItemIndex _index;
        readonly int _start;

        public Judge(ClickLog log, ProductCatalogue catalogue, int start)
        {
            (_log, _catalogue, _start) = (log, catalogue, start);
            _index = new(new(), catalogue);
            log.Replay(_index, 0, start);
        }

        public List<StageFigures> Clicks(RankingModel trained, RankingModel? champion)
        {
            var prefixes = Asked(Objective.Click);
            if (prefixes.Count == 0)
                return [];
            List<StageFigures> metrics = [Measure("untrained blend", prefixes, null), Measure("trained", prefixes, trained)];
            if (champion is not null)
                metrics.Add(Measure("champion", prefixes, champion));
            return metrics;
        }

        /// <summary>Whether a ranking for an objective finds more than what would serve without it; adds both figures.</summary>
        public bool IsBetter(Objective objective, RankingModel? learned, RankingModel? without, List<StageFigures> metrics)
        {
            if (learned is null || Asked(objective) is not { Count: >= MinAsked } prefixes)
                return false;
            var before = Measure($"without, {objective}", prefixes, without);
            var after = Measure($"trained, {objective}", prefixes, learned.With(learned, learned));
            metrics.AddRange([before, after]);
            return after.Mrr20 > before.Mrr20;
        }

        List<Prefix> Asked(Objective objective) =>
            [.. _log.Questions(_start, objective).Take(MaxQuestions).Select(question => question.ToPrefix())];

        StageFigures Measure(string name, List<Prefix> prefixes, RankingModel? model) =>
            RankingFigures.Measure(name, prefixes, _log[Math.Max(0, _start - 1)].Time, _index, _catalogue, null, model, out _);
    }

    // Of products only the numbers are needed here: every one may be shown.
    static ProductCatalogue Sellable(ClickLog log)
    {
        var catalogue = log.Products ?? new();
        for (int i = 0; i < log.Count; i++)
            if (catalogue[log[i].Product] is null)
                catalogue.Apply(new Product { Number = log[i].Product, Id = $"{log[i].Product}" });
        return catalogue;
    }

    static (bool Promote, string Reason) Decide(List<StageFigures> metrics, bool hasChampion)
    {
        if (metrics is not [var untrained, var trained, ..])
            return (
                !hasChampion,
                hasChampion ? "there are no later visits to compare it with the model in use" : "no model was in use before"
            );
        var rival = metrics.Find(figures => figures.Name == "champion") ?? untrained;
        string figures = FormattableString.Invariant($"MRR@20 {trained.Mrr20:0.000} against {rival.Mrr20:0.000} ({rival.Name})");
        return trained.Mrr20 < rival.Mrr20 - Tolerance || trained.Mrr20 < untrained.Mrr20
            ? (false, $"it is worse: {figures}")
            : (true, $"it is not worse: {figures}");
    }

    static DateTimeOffset At(int seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    int Refuse(string why)
    {
        console.MarkupLineInterpolated($"[red]{why}[/] Nothing was registered; what is in use stays.");
        return 1;
    }
}

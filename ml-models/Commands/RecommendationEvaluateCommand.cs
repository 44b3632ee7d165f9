using System.Diagnostics;
using Personalization.Catalogue;
using Personalization.Models.Recommendations;
using Personalization.Recommendations;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"evaluate recommendations": the recommender stage by stage on clicks it has not seen; nothing is registered.</summary>
sealed class RecommendationEvaluateCommand(IAnsiConsole console)
{
    // The settings of the field's reference: 500 sessions per item, 100 neighbours, the last 9 items.
    const int ReferenceSessions = 500;

    static readonly BlendWeights Reference = new()
    {
        LastItems = 9,
        Neighbours = 100,
        PositionScale = 4,
        SessionHalfLifeDays = 1e6f,
        DistanceScale = 10,
        BeforeMatch = 1,
        Returning = 0,
        Next = 0,
        Near = 0,
        Together = 0,
    };

    static readonly BlendWeights KnnAlone = new()
    {
        Next = 0,
        Near = 0,
        Together = 0,
    };

    readonly List<StageFigures> _stages = [];

    public int Run(string train, string test, RankingTrainingSettings settings, string? json)
    {
        var catalogue = new ProductCatalogue();
        var log = ClickFile.ReadClicks(train, catalogue);
        var prefixes = ClickFile.ReadPrefixes(test, catalogue);
        if (prefixes.Count == 0)
            throw new InvalidDataException($"{test} holds no prefix with an item to predict.");
        console.MarkupLineInterpolated($"{log.Count:N0} clicks on {catalogue.Count:N0} items; {prefixes.Count:N0} prefixes.");
        int now = log[log.Count - 1].Time;

        var reference = Build(
            log,
            catalogue,
            new() { SessionsPerItem = ReferenceSessions },
            out double seconds,
            out double memory
        );
        Show(RankingFigures.Measure("kNN", prefixes, now, reference, catalogue, Reference, null, out _), seconds, memory);
        var index = Build(log, catalogue, new(), out seconds, out memory);
        GC.KeepAlive(reference); // its memory must not be given back while the other's is measured
        Show(
            RankingFigures.Measure("kNN, decays", prefixes, now, index, catalogue, KnnAlone, null, out var knn),
            seconds,
            memory
        );
        Show(RankingFigures.Measure("untrained blend", prefixes, now, index, catalogue, null, null, out _), seconds, memory);

        var trained = new RankingTraining(log, catalogue, settings, what =>
            console.MarkupLineInterpolated($"[grey]{what}[/]")
        ).Run("evaluation");
        if (trained is null)
            console.MarkupLine("[yellow]Too little to learn from: the untrained blend serves in every later stage.[/]");
        Show(RankingFigures.Measure("blend", prefixes, now, index, catalogue, null, trained?.Blend, out _), seconds, memory);
        Show(
            RankingFigures.Measure("+ embeddings", prefixes, now, index, catalogue, null, trained?.Similarity, out _),
            seconds,
            memory + MegabytesOf(trained?.Similarity)
        );
        Show(
            RankingFigures.Measure("full", prefixes, now, index, catalogue, null, trained?.Full, out var full),
            seconds + (trained?.Seconds ?? 0),
            memory + MegabytesOf(trained?.Full)
        );
        var (better, half) = RankingFigures.Compare(full, knn);
        console.MarkupLineInterpolated(
            $"MRR@20 of full above kNN with decays: {better:+0.0000;-0.0000} ± {half:0.0000} (95 %, paired)."
        );
        console.MarkupLineInterpolated($"Index: {log.Count / seconds:N0} events/s.");
        var rebuilt = Build(log.VisitByVisit(), catalogue, new(), out _, out _);
        var other = RankingFigures.Measure("full, rebuilt", prefixes, now, rebuilt, catalogue, null, trained?.Full, out _);
        console.MarkupLineInterpolated(
            $"The live index less one rebuilt visit by visit: HR@20 {_stages[^1].Hr20 - other.Hr20:+0.0000;-0.0000}, MRR@20 {_stages[^1].Mrr20 - other.Mrr20:+0.0000;-0.0000}."
        );
        ModelTables.Save(json, new { data = Path.GetFileName(train), stages = _stages });
        return 0;
    }

    void Show(StageFigures figures, double seconds, double memory)
    {
        figures = figures with { BuildSeconds = seconds, MemoryMb = memory };
        _stages.Add(figures);
        // The terminal's width must not break a stage's line.
        console.Profile.Out.Writer.WriteLine(figures.ToLine());
    }

    // A model's trees are some hundred kilobytes: its vectors are what counts.
    static double MegabytesOf(RankingModel? model) => (model?.Vectors?.Bytes ?? 0) / 1e6;

    static ItemIndex Build(
        ClickLog log,
        ProductCatalogue catalogue,
        ItemIndexOptions options,
        out double seconds,
        out double memory
    )
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var index = new ItemIndex(options, catalogue);
        log.Replay(index, 0, log.Count);
        seconds = watch.Elapsed.TotalSeconds;
        memory = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
        return index;
    }
}

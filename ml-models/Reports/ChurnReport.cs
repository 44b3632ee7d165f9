using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Training;

namespace Personalization.Models.Reports;

/// <summary>What a method predicted of the customers it was judged on.</summary>
public sealed record Judgement(MethodResult Result, double[] Risks);

/// <summary>The parts of a report that training, evaluation and comparison share.</summary>
public static class ChurnReport
{
    /// <summary>Rows that importance is averaged over: more do not change its order.</summary>
    const int ExplainedRows = 2000;

    const int FeaturesShown = 20;

    /// <summary>Figures of all methods, and their curves.</summary>
    public static HtmlPage Methods(this HtmlPage page, IReadOnlyList<Judgement> judgements, bool[] churned)
    {
        double rate = churned.Average(label => label ? 1.0 : 0);
        page.Heading("How well churn was predicted")
            .Table(
                ["method", "AUC", "95 %", "AUC active 180 d", "AP", "log loss", "Brier", "ECE", "lift 10 %", "fit s", "ns/row"],
                judgements.Select(judgement => Row(judgement.Result))
            );
        Series[] Of(Func<double[], bool[], IReadOnlyList<(double, double)>> curve) =>
            [.. judgements.Select(judgement => new Series(judgement.Result.Method, curve(judgement.Risks, churned)))];
        return page.Charts(
            SvgChart.Lines("ROC", "stayers disturbed", "leavers caught", Of(Curves.Roc), ((0, 0), (1, 1))),
            SvgChart.Lines(
                "Precision and recall",
                "leavers caught",
                "warnings that are right",
                Of(Curves.PrecisionRecall),
                ((0, rate), (1, rate))
            ),
            SvgChart.Lines("Calibration", "predicted risk", "share that churned", Of(Curves.Calibration), ((0, 0), (1, 1))),
            SvgChart.Lines("Gain", "customers warned of", "leavers caught", Of(Curves.Gain), ((0, 0), (1, 1)))
        );
    }

    /// <summary>Which features move the risk, and by how much on average.</summary>
    public static HtmlPage Importance(this HtmlPage page, ChurnModel model, Snapshots rows)
    {
        if (model.Forest is null || rows.Count == 0)
            return page;
        var sums = new double[ChurnFeatures.Count];
        var contributions = new double[ChurnFeatures.Count];
        int step = Math.Max(1, rows.Count / ExplainedRows),
            explained = 0;
        for (int i = 0; i < rows.Count; i += step, explained++)
        {
            model.Explain(rows.Row(i), contributions);
            for (int j = 0; j < sums.Length; j++)
                sums[j] += Math.Abs(contributions[j]);
        }
        var bars = ChurnFeatures
            .All.Select(feature => (feature.Name, sums[(int)feature.Feature] / explained))
            .Where(bar => bar.Item2 > 0)
            .OrderByDescending(bar => bar.Item2)
            .Take(FeaturesShown)
            .ToList();
        return page.Heading("What the risk depends on")
            .Charts(SvgChart.Bars("Mean absolute SHAP value, log-odds", bars))
            .Table(
                ["feature", "unit", "meaning"],
                bars.Select(bar => ChurnFeatures.All.Single(feature => feature.Name == bar.Name))
                    .Select(feature => (string[])[feature.Name, feature.Unit, feature.Meaning]),
                text: 3
            );
    }

    /// <summary>The model card: what it is, what it was made of, what it is for and where it ends.</summary>
    public static HtmlPage Card(this HtmlPage page, ModelCard card) =>
        page.Heading("Model card")
            .Facts(
                ("version", card.Version),
                ("predicts", $"the probability of no purchase within {card.HorizonDays} days"),
                ("trained", $"{card.TrainedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC by {card.By}"),
                ("data", $"{card.DataFrom:yyyy-MM-dd} to {card.DataTo:yyyy-MM-dd} (nothing of that day or later)"),
                ("training cutoffs", string.Join(", ", card.TrainCutoffs.Select(day => $"{day:yyyy-MM-dd}"))),
                (
                    "judged at",
                    card.TestCutoff is { } test ? $"{test:yyyy-MM-dd}" : "not judged: the data do not reach far enough"
                ),
                ("rows", Text($"{card.Rows:N0}, of which {card.ChurnRate:0.0%} churned")),
                (
                    "trainer",
                    Text(
                        $"{card.Trainer}: {card.Trees} trees, depth {card.Settings.Depth}, learning rate {card.Settings.LearningRate}, seed {card.Settings.Seed}"
                    )
                ),
                ("cross-validated log loss", Text($"{card.CrossValidatedLogLoss:0.0000}")),
                (
                    "calibration",
                    card.Calibration.Scores is { } points
                        ? Text($"isotonic: a line through {points.Length} points")
                        : Text($"Platt: slope {card.Calibration.Slope:0.000}, offset {card.Calibration.Offset:0.000}")
                ),
                ("warning threshold", Text($"{card.Threshold:0.000}")),
                ("meant for", "ranking and warning of buyers before they are lost; not for decisions that bind a person"),
                ("knows nothing of", "people who never bought; seasons it has not seen; what happens outside the shop")
            );

    static string[] Row(MethodResult method) =>
        [
            method.Method,
            Text($"{method.All.Auc:0.0000}"),
            method.Auc is { } auc ? Text($"{auc.Low:0.000}–{auc.High:0.000}") : "",
            method.Active is { } active ? Text($"{active.Auc:0.0000}") : "",
            Text($"{method.All.AveragePrecision:0.0000}"),
            Text($"{method.All.LogLoss:0.0000}"),
            Text($"{method.All.Brier:0.0000}"),
            Text($"{method.All.CalibrationError:0.000}"),
            Text($"{method.All.Lift10:0.00}"),
            method.FitSeconds > 0 ? Text($"{method.FitSeconds:0.00}") : "",
            method.NanosecondsPerRow > 0 ? Text($"{method.NanosecondsPerRow:0}") : "",
        ];

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

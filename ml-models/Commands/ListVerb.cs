using System.CommandLine;
using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Population;
using Personalization.Models.Recommendations;
using Personalization.Recommendations;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"list": all versions, and who put which in use.</summary>
static class ListVerb
{
    public static Command Of(CommandContext context) =>
        new("list", "All versions, and who put which in use.")
        {
            Kind<ChurnModel, ModelCard>(
                context,
                "churn",
                "Churn models.",
                data => new ModelRegistry(data),
                ["horizon", "rows", "AUC", "log loss"],
                Churn
            ),
            Kind<ValueModel, ValueCard>(
                context,
                "value",
                "Value models.",
                data => new ValueRegistry(data),
                ["buyers", "expected", "came", "missed by"],
                Value
            ),
            Kind<RankingModel, RankingCard>(
                context,
                "recommendations",
                "Ranking models.",
                data => new RankingRegistry(data),
                ["acts", "trees", "MRR@20"],
                Ranking
            ),
        };

    static string[] Churn(ModelCard card)
    {
        var own = card.Metrics.FirstOrDefault(method => method.Method == card.Trainer)?.All;
        return
        [
            card.By,
            $"{card.DataTo:yyyy-MM-dd}",
            $"{card.HorizonDays} d",
            $"{card.Rows}",
            Three(own?.Auc),
            Three(own?.LogLoss),
        ];
    }

    static string[] Value(ValueCard card) =>
        [
            card.By,
            $"{card.DataTo.UtcDateTime:yyyy-MM-dd}",
            $"{card.Customers}",
            card.Judged?[0].ToString("0", CultureInfo.InvariantCulture) ?? "",
            card.Judged?[1].ToString("0", CultureInfo.InvariantCulture) ?? "",
            Three(card.Judged?[2]),
        ];

    static string[] Ranking(RankingCard card) =>
        [
            card.By,
            $"{card.DataTo.UtcDateTime:yyyy-MM-dd}",
            $"{card.Acts}",
            $"{card.Trees}",
            Three(card.Metrics.FirstOrDefault(figures => figures.Name == "trained")?.Mrr20),
        ];

    static Command Kind<TModel, TCard>(
        CommandContext context,
        string kind,
        string description,
        Func<string, ModelFolder<TModel>> of,
        string[] columns,
        Func<TCard, string[]> cells
    )
        where TModel : class, IStoredModel<TModel>
        where TCard : class
    {
        var command = new Command(kind, description) { SharedOptions.Data };
        command.SetAction(parsed =>
        {
            var folder = of(parsed.GetRequiredValue(SharedOptions.Data));
            string? current = folder.CurrentVersion();
            var table = new Table().AddColumns(["", "version", "by", "data until", .. columns]);
            foreach (string version in folder.Versions())
            {
                var card = folder.Card<TCard>(version);
                string[] row = [version == current ? "in use" : "", version, .. card is null ? [] : cells(card)];
                table.AddRow([.. row.Select(cell => cell.EscapeMarkup())]);
            }
            context.Console.Write(table);
            foreach (var entry in folder.Promotions())
                context.Console.MarkupLineInterpolated(
                    $"{entry.At.UtcDateTime:yyyy-MM-dd HH:mm} {entry.By}: {entry.Action} {entry.Version} ({entry.Reason})"
                );
        });
        return command;
    }

    static string Three(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}

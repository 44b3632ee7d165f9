using Personalization.Catalogue;
using Personalization.Models.Recommendations;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"evaluate recommendations --task next-purchase": what the next order holds, against what anybody could do.</summary>
sealed class NextPurchaseCommand(IAnsiConsole console)
{
    // The acts before that share of all are known.
    const double Known = 0.8;

    public int Run(string file, RankingTrainingSettings settings, string? json)
    {
        var catalogue = new ProductCatalogue();
        var log = ShopFile.Read(file, catalogue);
        int start = (int)(Known * log.Count);
        var task = new NextPurchase(log, catalogue, start);
        console.MarkupLineInterpolated(
            $"{log.Count:N0} acts on {catalogue.Count:N0} products; {task.Customers:N0} customers buy after {start:N0} acts."
        );
        if (task.Customers == 0)
            throw new InvalidDataException($"No customer of the first part of {file} buys in the last.");
        var trained = new RankingTraining(log.First(start), catalogue, settings, what =>
            console.MarkupLineInterpolated($"[grey]{what}[/]")
        ).Run("evaluation");
        if (trained is null)
            console.MarkupLine("[yellow]Too little to learn from: the untrained blend serves.[/]");
        List<NextPurchaseFigures> methods =
        [
            task.Popularity(out double[] popularity),
            task.Recency(out double[] recency),
            task.ItemKnn(out double[] knn),
            task.Recommended("untrained blend", null, out _),
            task.Recommended("full", trained?.Full, out double[] full),
        ];
        foreach (var figures in methods)
            console.Profile.Out.Writer.WriteLine(
                FormattableString.Invariant(
                    $"{figures.Name, -16} next-purchase HR@20 {figures.HitRate20:0.0000}  MRR@20 {figures.Mrr20:0.0000}"
                )
            );
        foreach (
            var (name, ranks) in (ReadOnlySpan<(string, double[])>)
                [("popularity", popularity), ("recency", recency), ("item-kNN", knn)]
        )
        {
            var (better, half) = RankingFigures.Compare(Hits(full), Hits(ranks));
            console.MarkupLineInterpolated(
                $"HR@20 of full above {name}: {better:+0.0000;-0.0000} ± {half:0.0000} (95 %, paired)."
            );
        }
        ModelTables.Save(
            json,
            new
            {
                data = Path.GetFileName(file),
                task = "next-purchase",
                customers = task.Customers,
                methods,
            }
        );
        return 0;
    }

    static double[] Hits(double[] ranks) => [.. ranks.Select(rank => rank > 0 ? 1.0 : 0)];
}

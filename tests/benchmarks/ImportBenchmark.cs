using Personalization.Import;

namespace Personalization.Benchmarks;

/// <summary>Rows per second of whole imports into an empty shop, opening and ordering included.</summary>
static class ImportBenchmark
{
    const int Rounds = 3;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        foreach (
            var (format, file) in new[]
            {
                (ImportFormats.RetailRocket, "retailrocket-train.tsv.gz"),
                (ImportFormats.OnlineRetail, "online-retail.csv.gz"),
            }
        )
        {
            if (SharedData.Find(file) is not { } path)
            {
                Figures.Note($"shared/data/{file} is not here: not measured");
                continue;
            }
            var rates = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var data = shop.Scratch;
                await shop.ImportAsync(data, format, path);
                var summary = shop.Imports[format];
                rates.Add(summary.Rows / summary.Took.TotalSeconds);
                Figures.Note($"round {round + 1}: {summary.Rows} rows in {summary.Took.TotalSeconds:F1} s");
                PreparedShop.Delete(data);
            }
            figures.Add($"import.{format}", Interleaved.Median(rates), "rows/s", null, "target: 50,000");
        }
    }
}

using Personalization.Benchmarks;

// dotnet run -c Release --project tests/benchmarks -- [name…] [--json FILE] [--data DIRECTORY]
var names = new List<string>();
string? json = null, kept = null;
for (var i = 0; i < args.Length; i++)
    if (args[i] is "--json" or "--data" && i + 1 < args.Length)
    {
        if (args[i] == "--json") json = args[++i];
        else kept = args[++i];
    }
    else names.Add(args[i]);

(string Name, Func<PreparedShop, Figures, Task> Run)[] benchmarks =
[
    ("turn", TurnBenchmark.RunAsync), ("memory", MemoryBenchmark.RunAsync), ("commit", CommitBenchmark.RunAsync),
    ("import", ImportBenchmark.RunAsync), ("recommendation", RecommendBenchmark.AloneAsync), ("recommend", RecommendBenchmark.RunAsync),
    ("large-shop", LargeShopBenchmark.RunAsync),
    ("track", TrackBenchmark.RunAsync), ("batch", BatchBenchmark.RunAsync), ("start", StartBenchmark.RunAsync), ("train", TrainBenchmark.RunAsync),
];
var unknown = names.FindAll(name => !benchmarks.Any(b => b.Name == name));
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no benchmark {string.Join(", ", unknown)}; there are {string.Join(", ", benchmarks.Select(b => b.Name))}.");
    return 1;
}
Environment.SetEnvironmentVariable("PERSONALIZATION_WRITE_KEY", PreparedShop.WriteKey);
Environment.SetEnvironmentVariable("PERSONALIZATION_SECRET_KEY", PreparedShop.SecretKey);
Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "Warning");
var figures = new Figures(json);
using var shop = new PreparedShop(kept);
foreach (var benchmark in benchmarks)
    if (names.Count == 0 || names.Contains(benchmark.Name)) await benchmark.Run(shop, figures);
return 0;

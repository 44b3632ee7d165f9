using Personalization.Benchmarks;

// dotnet run -c Release --project tests/benchmarks -- [name…] [--json FILE] [--data DIRECTORY]
return await Chosen.RunAsync(
    args,
    ("turn", TurnBenchmark.RunAsync),
    ("memory", MemoryBenchmark.RunAsync),
    ("commit", CommitBenchmark.RunAsync),
    ("import", ImportBenchmark.RunAsync),
    ("recommendation", RecommendBenchmark.AloneAsync),
    ("recommend", RecommendBenchmark.RunAsync),
    ("large-shop", LargeShopBenchmark.RunAsync),
    ("host", HostBenchmark.RunAsync),
    ("track", TrackBenchmark.RunAsync),
    ("batch", BatchBenchmark.RunAsync),
    ("start", StartBenchmark.RunAsync),
    ("train", TrainBenchmark.RunAsync),
    ("churn", ChurnBenchmark.RunAsync),
    ("activation", ActivationBenchmark.RunAsync),
    ("silos", SilosBenchmark.RunAsync),
    ("mail", MailBenchmark.RunAsync)
);

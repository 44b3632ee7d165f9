using Personalization.Benchmarks;
using Personalization.ClusterBenchmarks;

// dotnet run -c Release --project tests/cluster/benchmarks -- [name…] [--json FILE] [--data DIRECTORY]
return await Chosen.RunAsync(
    args,
    ("silo", SiloBenchmark.RunAsync),
    ("silos", SilosBenchmark.RunAsync),
    ("activation", ActivationBenchmark.RunAsync),
    ("resident", ResidentBenchmark.RunAsync),
    ("waking", WakingBenchmark.RunAsync)
);

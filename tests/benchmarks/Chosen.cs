namespace Personalization.Benchmarks;

/// <summary>Runs benchmarks that the command line names, or all of them: <c>[name…] [--json FILE] [--data DIRECTORY]</c>.</summary>
static class Chosen
{
    public static async Task<int> RunAsync(
        string[] args,
        params (string Name, Func<PreparedShop, Figures, Task> Run)[] benchmarks
    )
    {
        var names = new List<string>();
        string? json = null,
            kept = null;
        for (var i = 0; i < args.Length; i++)
            if (args[i] is "--json" or "--data" && i + 1 < args.Length)
            {
                if (args[i] == "--json")
                    json = args[++i];
                else
                    kept = args[++i];
            }
            else
                names.Add(args[i]);
        var unknown = names.FindAll(name => !benchmarks.Any(b => b.Name == name));
        if (unknown.Count > 0)
        {
            Console.Error.WriteLine(
                $"There is no benchmark {string.Join(", ", unknown)}; there are {string.Join(", ", benchmarks.Select(b => b.Name))}."
            );
            return 1;
        }
        // All comes from one address: the buckets are looked at, and never empty.
        foreach (var bucket in new[] { "PerAddress", "PerKey" })
        foreach (var size in new[] { "PerSecond", "Burst" })
            Environment.SetEnvironmentVariable($"Limits__{bucket}__{size}", "100000000");
        Environment.SetEnvironmentVariable("PERSONALIZATION_WRITE_KEY", PreparedShop.WriteKey);
        Environment.SetEnvironmentVariable("PERSONALIZATION_SECRET_KEY", PreparedShop.SecretKey);
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "Warning");
        var figures = new Figures(json);
        using var shop = new PreparedShop(kept);
        foreach (var benchmark in benchmarks)
            if (names.Count == 0 || names.Contains(benchmark.Name))
                await benchmark.Run(shop, figures);
        return 0;
    }
}

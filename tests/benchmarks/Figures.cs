using System.Globalization;
using System.Text.Json;

namespace Personalization.Benchmarks;

/// <summary>One figure, beside the bare limit that was measured in the same run: null where there is none.</summary>
sealed record Figure(string Name, double Value, string Unit, double? Limit, double? Ratio);

/// <summary>Prints figures as they come and keeps them in a file, so that a run that is cut short has told what it knew.</summary>
sealed class Figures(string? jsonFile)
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    readonly List<Figure> _all = [];

    /// <param name="target">What we want: of the ratio where there is a limit, else of the value; for the reader only.</param>
    public void Add(string name, double value, string unit, double? limit = null, string target = "")
    {
        var figure = new Figure(name, value, unit, limit, value / limit);
        _all.Add(figure);
        var beside = limit is null ? "" : Text($"   limit {limit:N0}   ratio {figure.Ratio:F2}");
        Console.WriteLine(Text($"{name, -24} {value, 14:N2} {unit, -12}{beside}   {target}"));
        if (jsonFile is not null)
            File.WriteAllText(jsonFile, JsonSerializer.Serialize(new { figures = _all }, Web));
    }

    public static void Note(FormattableString text) => Console.WriteLine("  " + Text(text));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Measures in turns (A B A B …), because the machine is not ours alone, and takes the medians.</summary>
static class Interleaved
{
    public static async Task<(double A, double B)> MediansAsync(int rounds, Func<int, Task<double>> a, Func<int, Task<double>> b)
    {
        var (one, other) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var (started, bytes) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
            one.Add(await a(round));
            bytes = GC.GetTotalAllocatedBytes() - bytes;
            var between = Environment.CpuUsage.TotalTime;
            other.Add(await b(round));
            var (ours, limit) = (between - started, Environment.CpuUsage.TotalTime - between);
            Figures.Note(
                $"round {round + 1}: {one[^1]:N0} against {other[^1]:N0}; processor seconds {ours.TotalSeconds:F2} against {limit.TotalSeconds:F2}, {bytes / 1_048_576} MB allocated"
            );
        }
        return (Median(one), Median(other));
    }

    public static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}

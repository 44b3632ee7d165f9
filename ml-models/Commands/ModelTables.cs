using System.Globalization;
using System.Text.Json;
using Personalization.Models.Evaluation;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>Figures as tables in the terminal.</summary>
static class ModelTables
{
    static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Methods(IAnsiConsole console, IEnumerable<MethodResult> methods)
    {
        var table = new Table().AddColumn(new TableColumn("method").NoWrap());
        foreach (
            string column in (string[])["AUC", "95 %", "active", "AP", "log loss", "Brier", "ECE", "lift", "fit s", "ns/row"]
        )
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var method in methods)
        {
            var all = method.All;
            table.AddRow(
                method.Method.EscapeMarkup(),
                Three(all.Auc),
                method.Auc is { } auc ? $"{auc.Low:.000}–{auc.High:.000}" : "",
                method.Active is { } active ? Three(active.Auc) : "",
                Three(all.AveragePrecision),
                Three(all.LogLoss),
                Three(all.Brier),
                Three(all.CalibrationError),
                all.Lift10.ToString("0.00", CultureInfo.InvariantCulture),
                method.FitSeconds > 0 ? method.FitSeconds.ToString("0.00", CultureInfo.InvariantCulture) : "",
                method.NanosecondsPerRow > 0 ? method.NanosecondsPerRow.ToString("0", CultureInfo.InvariantCulture) : ""
            );
        }
        console.Write(table);
    }

    /// <summary>Writes all figures to a file, where one was named.</summary>
    public static void Save(string? json, object figures)
    {
        if (json is not null)
            File.WriteAllText(json, JsonSerializer.Serialize(figures, _json));
    }

    /// <summary>Runs work with a progress bar from 0 to 1.</summary>
    public static T Progress<T>(IAnsiConsole console, string what, Func<Action<double>, T> work) =>
        console
            .Progress()
            .Start(context =>
            {
                var bar = context.AddTask(what.EscapeMarkup(), maxValue: 1);
                T result = work(share => bar.Value = share);
                bar.Value = 1;
                return result;
            });

    /// <summary>The same with a bar for each thing that the work names.</summary>
    public static T Steps<T>(IAnsiConsole console, Func<Action<string, double>, T> work) =>
        console
            .Progress()
            .Start(context =>
            {
                var bars = new Dictionary<string, ProgressTask>();
                T result = work(
                    (what, share) =>
                    {
                        if (!bars.TryGetValue(what, out var bar))
                            bars.Add(what, bar = context.AddTask(what.EscapeMarkup(), maxValue: 1));
                        bar.Value = share;
                    }
                );
                foreach (var bar in bars.Values)
                    bar.Value = 1;
                return result;
            });

    static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

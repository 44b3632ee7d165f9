using System.Globalization;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>Figures as tables in the terminal.</summary>
internal static class ModelTables
{
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

    public static void List(IAnsiConsole console, ModelRegistry registry)
    {
        string? current = registry.CurrentVersion();
        var table = new Table().AddColumns("", "version", "by", "data until", "horizon", "rows", "AUC", "log loss");
        foreach (string version in registry.Versions())
        {
            var card = registry.Card(version);
            var own = card?.Metrics.FirstOrDefault(method => method.Method == card.Trainer)?.All;
            table.AddRow(
                version == current ? "in use" : "",
                version,
                (card?.By ?? "").EscapeMarkup(),
                card?.DataTo.ToString("O", CultureInfo.InvariantCulture) ?? "",
                $"{card?.HorizonDays} d",
                $"{card?.Rows}",
                own is null ? "" : Three(own.Auc),
                own is null ? "" : Three(own.LogLoss)
            );
        }
        console.Write(table);
        foreach (var entry in registry.Promotions())
            console.MarkupLineInterpolated(
                $"{entry.At.UtcDateTime:yyyy-MM-dd HH:mm} {entry.By}: {entry.Action} {entry.Version} ({entry.Reason})"
            );
    }

    public static void List(IAnsiConsole console, ValueRegistry registry)
    {
        string? current = registry.CurrentVersion();
        var table = new Table().AddColumns("", "version", "by", "data until", "buyers", "expected", "came", "missed by");
        foreach (string version in registry.Versions())
        {
            var card = registry.Card(version);
            table.AddRow(
                version == current ? "in use" : "",
                version,
                (card?.By ?? "").EscapeMarkup(),
                $"{card?.DataTo.UtcDateTime:yyyy-MM-dd}",
                $"{card?.Customers}",
                card?.Judged is { } judged ? judged[0].ToString("0", CultureInfo.InvariantCulture) : "",
                card?.Judged is { } came ? came[1].ToString("0", CultureInfo.InvariantCulture) : "",
                card?.Judged is { } missed ? Three(missed[2]) : ""
            );
        }
        console.Write(table);
        foreach (var entry in registry.Promotions())
            console.MarkupLineInterpolated(
                $"{entry.At.UtcDateTime:yyyy-MM-dd HH:mm} {entry.By}: {entry.Action} {entry.Version} ({entry.Reason})"
            );
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

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

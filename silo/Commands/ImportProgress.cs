using System.Globalization;
using Spectre.Console;

namespace Personalization.Commands;

/// <summary>Told how far an import is. Reading counts bytes of the files, writing counts events.</summary>
public sealed class ImportProgress
{
    static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    readonly Action<long> _read;
    readonly Action<long, long> _written;

    /// <param name="read">Told how many more bytes were read.</param>
    /// <param name="written">Told how many events of how many are dealt with.</param>
    public ImportProgress(Action<long> read, Action<long, long> written) => (_read, _written) = (read, written);

    /// <summary>So many more bytes were read.</summary>
    public void Read(long bytes) => _read(bytes);

    /// <summary>So many events are dealt with of so many.</summary>
    public void Written(long events, long total) => _written(events, total);

    /// <summary>A bar on a terminal, gone when the work is done.</summary>
    public static async Task<T> OnTerminalAsync<T>(TextWriter output, long bytes, Func<ImportProgress, Task<T>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return await console
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(bars =>
            {
                var reading = bars.AddTask("reading", maxValue: Math.Max(1, bytes));
                var writing = bars.AddTask("importing", autoStart: false);
                return work(
                    new ImportProgress(
                        more => reading.Increment(more),
                        (events, total) =>
                        {
                            if (!writing.IsStarted)
                                writing.StartTask();
                            writing.MaxValue = Math.Max(1, total);
                            writing.Value = events;
                        }
                    )
                );
            });
    }

    /// <summary>Plain lines, at most one in ten seconds.</summary>
    public static Task<T> InLinesAsync<T>(TextWriter output, long bytes, TimeProvider clock, Func<ImportProgress, Task<T>> work)
    {
        long soFar = 0;
        var last = clock.GetTimestamp();
        return work(
            new ImportProgress(
                more => Say("read", soFar += more, bytes, "bytes"),
                (events, total) => Say("dealt with", events, total, "events")
            )
        );

        void Say(string what, long done, long all, string unit)
        {
            if (clock.GetElapsedTime(last) < BetweenLines)
                return;
            last = clock.GetTimestamp();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {done} of {all} {unit}"));
        }
    }
}

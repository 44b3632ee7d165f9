using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Problems;
using Personalization.Shop;
using Personalization.Telemetry;

namespace Personalization.Ingestion;

/// <summary>
/// Counts what could not be used of what comes in, so that a shop sees which of its clients and files need mending. Counted in
/// memory and added to the store every second; a count of the last second may be lost with its process. Where nothing is wrong
/// it costs nothing.
/// </summary>
public sealed partial class IngestionProblems(
    IIngestionProblems store,
    ShopClock time,
    StoreWatch watch,
    ILogger<IngestionProblems> log
) : BackgroundService
{
    /// <summary>The kind of what was refused as a whole.</summary>
    public const string Refused = "refused";

    /// <summary>Days that are kept.</summary>
    internal const int Days = 30;

    /// <summary>Of a day and a process; what comes beyond is counted as <see cref="Other"/>.</summary>
    const int MaxKeys = 1000;
    const int MaxField = 100;
    const string Other = "(other)";
    const long Day = 24L * 60 * 60 * 1000;

    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    static readonly Counter<long> Problems = Instruments.Meter.CreateCounter<long>(
        "personalization.ingestion.problems",
        "{problem}",
        "Values and items that came in and could not be used, by source and kind."
    );

    readonly Lock _lock = new();
    readonly HashSet<(string Source, string Kind, string Field)> _known = [];
    Dictionary<(string Source, string Kind, string Field), IngestionProblem> _counted = [];
    int _day;

    /// <summary>Counts one.</summary>
    /// <param name="source">How it came: track, batch, import, webhook, feed, ga4 …</param>
    /// <param name="kind">A word for what was wrong: not-a-number, refused …</param>
    /// <param name="field">Where; null for the whole. Places in lists are left out of it.</param>
    /// <param name="example">The value; only its shape is kept (<see cref="ValueShape"/>).</param>
    public void Count(string source, string kind, string? field, ReadOnlySpan<char> example = default) =>
        CountShape(source, kind, field, ValueShape.Of(example));

    /// <summary>Counts the values of a call that were left out.</summary>
    public void Count(string source, IReadOnlyList<FieldWarning>? warnings)
    {
        if (warnings is null)
            return;
        foreach (var warning in warnings)
            CountShape(source, warning.Kind, warning.Field, warning.Shape);
    }

    /// <summary>Counts a call or an item that was refused.</summary>
    public void CountRefused(string source, string? field) => CountShape(source, Refused, field, "");

    void CountShape(string source, string kind, string? field, string shape)
    {
        Problems.Add(1, new("source", source), new("kind", kind));
        var now = time.Now;
        var key = (source, kind, field is null ? "" : FieldOf(field));
        lock (_lock)
        {
            if (_known.Count >= MaxKeys && !_known.Contains(key))
                key = (source, Other, Other);
            _known.Add(key);
            _counted[key] = _counted.TryGetValue(key, out var so)
                ? so with
                {
                    Count = so.Count + 1,
                    LastAt = now,
                    Example = shape,
                }
                : new(key.Item1, key.Item2, key.Item3, 1, now, now, shape);
        }
    }

    static string FieldOf(string field)
    {
        field = field.Contains('[') ? Places().Replace(field, "[]") : field;
        return field.Length > MaxField ? field[..MaxField] : field;
    }

    /// <summary>Adds to the store what was counted since; what it does not take is added the next time.</summary>
    public async Task FlushAsync(CancellationToken cancel = default)
    {
        IReadOnlyList<IngestionProblem> counted;
        var day = (int)(time.Now / Day);
        lock (_lock)
        {
            if (day != _day)
                _known.Clear();
            _day = day;
            if (_counted.Count == 0)
                return;
            counted = [.. _counted.Values];
            _counted = [];
        }
        try
        {
            await store.AddIngestionProblemsAsync(day, counted, day - Days + 1, cancel);
        }
        catch (Exception failed) when (failed is StoreUnavailableException or OperationCanceledException)
        {
            lock (_lock)
                foreach (var one in counted)
                    Return(one);
            if (failed is not StoreUnavailableException unavailable)
                throw;
            watch.Report(unavailable);
        }
        catch (Exception refused)
        {
            // What the store will never take is not tried again, and costs nothing but its count.
            Log.NotKept(log, counted.Count, refused);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Count} counts of what could not be used were not kept.")]
        public static partial void NotKept(ILogger log, int count, Exception refused);
    }

    void Return(IngestionProblem one)
    {
        var key = (one.Source, one.Kind, one.Field);
        _counted[key] = _counted.TryGetValue(key, out var newer)
            ? newer with
            {
                Count = newer.Count + one.Count,
                FirstAt = one.FirstAt,
            }
            : one;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                await FlushAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Places();
}

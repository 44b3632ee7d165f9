using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Limits;

/// <summary>Says that a limit was reached: each time in the metrics, at most once a minute in the log.</summary>
public sealed partial class LimitAlarm(ILogger<LimitAlarm> log)
{
    const long Silence = 60_000;

    static readonly Counter<long> Reached = Instruments.Meter.CreateCounter<long>(
        "personalization.limits.reached",
        "{time}",
        "How often a limit was reached, by its setting."
    );
    static readonly KeyValuePair<string, object?>[] Tags = Instruments.Tags<LimitKind>("limit");

    readonly long[] _told = [.. Enum.GetValues<LimitKind>().Select(_ => -Silence)];

    public void Raise(LimitKind kind)
    {
        Reached.Add(1, Tags[(int)kind]);
        ref var told = ref _told[(int)kind];
        var (before, now) = (Volatile.Read(ref told), Environment.TickCount64);
        if (now - before >= Silence && Interlocked.CompareExchange(ref told, now, before) == before)
            Log.Reached(log, kind);
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The limit Limits:{Limit} was reached. What is beyond it is refused or left out; see docs/limits.md."
        )]
        public static partial void Reached(ILogger log, LimitKind limit);
    }
}

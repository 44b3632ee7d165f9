using System.Diagnostics;
using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Journal;

/// <summary>How long commits take, and how many share a transaction.</summary>
public static class JournalInstruments
{
    static readonly Histogram<double> Duration = Instruments.Meter.CreateHistogram(
        "personalization.journal.commit.duration",
        "s",
        "From the moment a commit is queued until it is durable.",
        advice: Instruments.Seconds
    );

    static readonly Histogram<int> GroupSize = Instruments.Meter.CreateHistogram(
        "personalization.journal.group.size",
        "{write}",
        "Writes that shared a transaction of the journal.",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] }
    );

    static readonly Counter<long> UnreadableParts = Instruments.Meter.CreateCounter<long>(
        "personalization.journal.unreadable",
        "{entry}",
        "Personal parts of journal entries that were read and could not be opened: damaged, or their key is another."
    );

    /// <summary>What <see cref="Committed"/> wants to be told; 0 where no one measures.</summary>
    public static long Now => Duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void Committed(long queued)
    {
        if (queued != 0)
            Duration.Record(Stopwatch.GetElapsedTime(queued).TotalSeconds);
    }

    public static void Grouped(int writes) => GroupSize.Record(writes);

    public static void Unreadable() => UnreadableParts.Add(1);
}

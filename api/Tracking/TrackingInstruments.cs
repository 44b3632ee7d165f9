using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Tracking;

/// <summary>What is wrong with calls that are taken in all the same.</summary>
static class TrackingInstruments
{
    static readonly Counter<long> Values = Instruments.Meter.CreateCounter<long>(
        "personalization.tracking.values.left_out",
        "{value}",
        "Values of tracked events that could not be used and were left out, by reason."
    );

    public static void LeftOut(string reason) => Values.Add(1, new KeyValuePair<string, object?>("reason", reason));
}

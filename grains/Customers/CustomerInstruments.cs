using System.Diagnostics.Metrics;
using Personalization.Events;
using Personalization.Telemetry;

namespace Personalization.Customers;

/// <summary>Customers in memory, and the warnings raised about them.</summary>
static class CustomerInstruments
{
    static readonly UpDownCounter<int> Resident = Instruments.Meter.CreateUpDownCounter<int>(
        "personalization.customers.resident",
        "{customer}",
        "Customers in this silo's memory."
    );
    static readonly Counter<long> Warnings = Instruments.Meter.CreateCounter<long>(
        "personalization.warnings",
        "{warning}",
        "Warnings raised, by policy."
    );
    static readonly KeyValuePair<string, object?>[] Policies = Instruments.Tags<WarningPolicy>("policy");

    public static void Activated() => Resident.Add(1);

    public static void Deactivated() => Resident.Add(-1);

    /// <summary>Counts what a committed turn brought about.</summary>
    public static void Committed(Turn turn)
    {
        if (!Warnings.Enabled)
            return;
        foreach (var e in turn.Events)
            if (e is WarningRaised raised)
                Warnings.Add(1, Policies[(int)raised.Policy]);
    }
}

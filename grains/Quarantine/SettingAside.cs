using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Personalization.Journal;
using Personalization.Telemetry;

namespace Personalization.Quarantine;

/// <summary>When something is set aside, and how it is said.</summary>
public static partial class SettingAside
{
    /// <summary>How often something is tried before it is set aside.</summary>
    public const int Tries = 3;

    /// <summary>The version of this program.</summary>
    public static readonly string Program = typeof(SettingAside)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion
        ?? "";

    static readonly Counter<long> Failures = Instruments.Meter.CreateCounter<long>(
        "personalization.quarantine.set_aside",
        "{item}",
        "Entries, customers and messages that were set aside because they failed again and again, by kind."
    );
    static readonly KeyValuePair<string, object?>[] Kinds = Instruments.Tags<QuarantineKind>("kind");

    /// <summary>
    /// Whether what failed may succeed by itself: the database is away, or the machine has no room. That is waited for, and
    /// nothing is set aside.
    /// </summary>
    public static bool IsOutage(this Exception failed) =>
        failed
            is StoreUnavailableException { IsRefusal: false }
                or TimeoutException
                or OperationCanceledException
                or OutOfMemoryException;

    /// <summary>Sets it aside; says so where it is new.</summary>
    /// <exception cref="StoreUnavailableException">It is not set aside, as the store takes nothing now.</exception>
    public static async ValueTask SetAsideAsync(
        this IQuarantine quarantine,
        ILogger log,
        QuarantineKind kind,
        string subject,
        long customer,
        Exception why,
        int tries,
        long now,
        CancellationToken cancel = default
    )
    {
        var reason = ReasonOf(why);
        var item = new QuarantinedItem(0, kind, subject, customer, reason, now, tries, Program, false);
        if (!await quarantine.SetAsideAsync(item, cancel))
            return;
        Failures.Add(1, Kinds[(int)kind]);
        Log.SetAside(log, kind, subject, customer, reason);
    }

    /// <summary>Messages of this program's own exceptions name no values; others may repeat what they were given.</summary>
    public static string ReasonOf(Exception why) =>
        why is InvalidDataException or StoreUnavailableException
        || why.GetType().Namespace?.StartsWith("Personalization", StringComparison.Ordinal) == true
            ? why.Message
            : $"{why.GetType().Name} in {why.TargetSite?.DeclaringType?.Name}.{why.TargetSite?.Name}";

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "Set aside ({Kind} {Subject}, customer {Customer}): {Reason} What comes after it goes on. GET /v1/quarantine "
                + "lists it; POST /v1/quarantine/retry tries again."
        )]
        public static partial void SetAside(ILogger log, QuarantineKind kind, string subject, long customer, string reason);
    }
}

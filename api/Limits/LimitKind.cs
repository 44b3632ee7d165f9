namespace Personalization.Limits;

/// <summary>What can be reached. The words stand in metrics and in the log, as the settings are called.</summary>
public enum LimitKind : byte
{
    PerAddress,
    PerKey,
    Connections,
    ConnectionsPerAddress,
    Bodies,
    NewProducts,
    Categories,
    SourcesPerDay,
    EventsPerVisitor,
}

using Personalization.Events;

namespace Personalization.Customers;

/// <summary>
/// A fact's place in a history: by time; within a millisecond by kind, whose numbers follow the way of a purchase (look, cart,
/// checkout, order, delivery); then by message. So state does not depend on the order of arrival.
/// </summary>
public readonly record struct FactOrder(long Time, EventKind Kind, ulong Message) : IComparable<FactOrder>
{
    public static FactOrder Of(Tracked t) => new(t.Time, t.Kind, t.Message);

    public int CompareTo(FactOrder other) => (Time, (byte)Kind, Message).CompareTo((other.Time, (byte)other.Kind, other.Message));
}

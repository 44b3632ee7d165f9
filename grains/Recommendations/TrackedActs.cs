using Personalization.Events;

namespace Personalization.Recommendations;

/// <summary>What tracked events say to an item index: the same for a server that follows the journal and for a training that
/// replays it.</summary>
public static class TrackedActs
{
    /// <summary>Whether events of the kind can say that a product is wanted.</summary>
    public static bool IsAct(EventKind kind) =>
        kind
            is EventKind.ProductViewed
                or EventKind.ProductFavourited
                or EventKind.ProductAdded
                or EventKind.FavouriteAddedToCart
                or EventKind.OrderCompleted;

    /// <summary>What was done, or null for events that are not about wanting a product.</summary>
    public static Signal? SignalOf(Tracked t) =>
        t.Lines.Length == 0 || t.IsMachine || t.Marks.HasFlag(EventMarks.RepeatedOrder)
            ? null
            : t.Kind switch
            {
                EventKind.ProductViewed => Signal.View,
                EventKind.ProductFavourited => Signal.Favourite,
                EventKind.ProductAdded or EventKind.FavouriteAddedToCart => Signal.CartAdd,
                // Anybody can say that they bought something; what was bought together is learned from the shop.
                EventKind.OrderCompleted when t.Marks.HasFlag(EventMarks.Claimed) => Signal.CartAdd,
                EventKind.OrderCompleted => Signal.Purchase,
                _ => null,
            };

    /// <summary>
    /// For how much of a visitor an act counts in popularity, 0 to 1: the hundredth of a crowd for a hundredth, so that a crowd
    /// counts for as much as the logarithm of its size.
    /// </summary>
    public static float WeightOf(Tracked t) =>
        t.Crowd switch
        {
            0 => 1,
            Repeated => 0,
            var crowd => MathF.Pow(2, -crowd / 8f),
        };

    /// <summary>Whether it is one of a crowd that would crowd out what others did.</summary>
    public static bool IsOfCrowd(Tracked t) => t.Crowd is >= MaxCrowd and < Repeated;

    /// <summary>Crowd of an act that the same visitor had done already.</summary>
    public const byte Repeated = byte.MaxValue;

    /// <summary>The crowd, as an event tells it, of which eight came before.</summary>
    const byte MaxCrowd = 24;

    /// <summary>Key of the visit in the index. An event that belongs to no visit (it came late) is put with its neighbours in
    /// time.</summary>
    /// <param name="customer">The customer's number.</param>
    /// <param name="visit">Number of the visit, 0 for none.</param>
    /// <param name="time">Unix milliseconds.</param>
    public static ulong SessionKey(long customer, int visit, long time)
    {
        var part = visit != 0 ? (ulong)visit : 1ul << 63 | (ulong)(time / Customers.Fold.VisitGap);
        var key = (ulong)customer * 0x9E3779B97F4A7C15ul ^ part * 0xC2B2AE3D27D4EB4Ful;
        return key ^ key >> 29;
    }
}

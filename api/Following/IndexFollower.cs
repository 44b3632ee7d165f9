using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Storage;

namespace Personalization.Following;

/// <summary>Feeds the item index from the journal, entry by entry: every process that follows the same journal builds the same index.</summary>
public sealed class IndexFollower(ItemIndex index)
{
    readonly List<int> ordered = [];

    /// <summary>The journal position up to which the index has counted.</summary>
    public long Position => index.Position;

    public void Follow(IReadOnlyList<JournalEntry> entries)
    {
        foreach (var entry in entries)
        {
            foreach (var e in entry.Behaviour())
                if (e is Tracked tracked) Count(entry.Customer, tracked);
            index.Position = entry.Position;
        }
    }

    void Count(long customer, Tracked t)
    {
        if (SignalOf(t.Kind) is not { } signal || t.Lines.Length == 0 || t.Marks.HasFlag(EventMarks.RepeatedOrder)) return;
        var seconds = (int)(t.Time / 1000);
        var session = SessionKey(customer, t);
        foreach (var line in t.Lines) index.Record(session, line.Product, signal, seconds);
        if (signal != Signal.Purchase || t.Lines.Length < 2) return;
        ordered.Clear();
        foreach (var line in t.Lines) ordered.Add(line.Product);
        index.RecordOrder(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ordered), seconds);
    }

    static Signal? SignalOf(EventKind kind) => kind switch
    {
        EventKind.ProductViewed => Signal.View,
        EventKind.ProductFavourited => Signal.Favourite,
        EventKind.ProductAdded or EventKind.FavouriteAddedToCart => Signal.CartAdd,
        EventKind.OrderCompleted => Signal.Purchase,
        _ => null,
    };

    /// <summary>One key per visit. An event that belongs to none (it came late) is put with its neighbours in time.</summary>
    static ulong SessionKey(long customer, Tracked t)
    {
        var visit = t.Visit != 0 ? (ulong)t.Visit : 1ul << 63 | (ulong)(t.Time / Customers.Fold.VisitGap);
        var key = (ulong)customer * 0x9E3779B97F4A7C15ul ^ visit * 0xC2B2AE3D27D4EB4Ful;
        return key ^ key >> 29;
    }
}

namespace Personalization.Churn;

/// <summary>
/// What churn looks at of one customer. Serving fills it from the customer's state, training from the replayed journal;
/// everything after that is the same code.
/// </summary>
/// <param name="purchases">Oldest first.</param>
/// <param name="returns">Oldest first.</param>
/// <param name="visitDays">
/// Distinct UTC days (unix day numbers) with any activity, oldest first. May hold only the recent ones, but at least the
/// last <see cref="VisitDaysKept"/>. Empty when visits are not recorded.
/// </param>
/// <param name="firstSeen">First activity of any kind, unix seconds.</param>
/// <param name="complaints">Times (unix seconds, oldest first) of complaints: reviews of one or two stars.</param>
public readonly ref struct ChurnHistory(
    ReadOnlySpan<Purchase> purchases,
    ReadOnlySpan<Return> returns,
    ReadOnlySpan<int> visitDays,
    int firstSeen,
    ReadOnlySpan<int> complaints = default
)
{
    /// <summary>Seconds of a day.</summary>
    public const int Day = 86_400;

    /// <summary>How many visit days features look back on, at most; a state need not keep more.</summary>
    public const int VisitDaysKept = 64;

    public ReadOnlySpan<Purchase> Purchases { get; } = purchases;
    public ReadOnlySpan<Return> Returns { get; } = returns;
    public ReadOnlySpan<int> VisitDays { get; } = visitDays;
    public int FirstSeen { get; } = firstSeen;
    public ReadOnlySpan<int> Complaints { get; } = complaints;

    /// <summary>
    /// The history as it stood at <paramref name="now"/>: nothing that happened at that second or later. A visit day counts
    /// once it has begun, so a cutoff at midnight sees none of the day that begins there.
    /// </summary>
    public ChurnHistory Before(int now)
    {
        var days = VisitDays[..VisitDays.BinarySearch(new DayBefore(now)).Insertion()];
        return new(
            Purchases[..Purchases.BinarySearch(new PurchaseBefore(now)).Insertion()],
            Returns[..Returns.BinarySearch(new ReturnBefore(now)).Insertion()],
            days.Length > VisitDaysKept ? days[^VisitDaysKept..] : days,
            FirstSeen,
            Complaints[..Complaints.BinarySearch(new TimeBefore(now)).Insertion()]
        );
    }

    // Each compares as "after every event before now": the search then ends at the number of such events.
    readonly struct PurchaseBefore(int now) : IComparable<Purchase>
    {
        public int CompareTo(Purchase other) => other.Time < now ? 1 : -1;
    }

    readonly struct ReturnBefore(int now) : IComparable<Return>
    {
        public int CompareTo(Return other) => other.Time < now ? 1 : -1;
    }

    readonly struct TimeBefore(int now) : IComparable<int>
    {
        public int CompareTo(int other) => other < now ? 1 : -1;
    }

    readonly struct DayBefore(int now) : IComparable<int>
    {
        public int CompareTo(int other) => (long)other * Day < now ? 1 : -1;
    }
}

file static class Search
{
    public static int Insertion(this int found) => ~found;
}

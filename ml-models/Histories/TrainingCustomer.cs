using Personalization.Churn;

namespace Personalization.Models.Histories;

/// <summary>A customer's whole recorded history, oldest first, as training sees it. It is cut at each snapshot's time.</summary>
/// <param name="Number">Tells customers apart; folds are drawn by it.</param>
/// <param name="Purchases">Oldest first.</param>
/// <param name="Returns">Oldest first.</param>
/// <param name="VisitDays">Distinct unix day numbers of any activity, oldest first; empty when visits are not recorded.</param>
/// <param name="FirstSeen">First activity, unix seconds.</param>
/// <param name="Complaints">Unix seconds of complaints (reviews of one or two stars), oldest first.</param>
public sealed record TrainingCustomer(
    long Number,
    Purchase[] Purchases,
    Return[] Returns,
    int[] VisitDays,
    int FirstSeen,
    int[] Complaints
)
{
    public ChurnHistory History => new(Purchases, Returns, VisitDays, FirstSeen, Complaints);
}

/// <summary>Reads all customers' histories from where a server keeps them.</summary>
/// <param name="data">The server's data directory.</param>
/// <param name="database">A PostgreSQL connection, or null for the embedded database in <paramref name="data"/>.</param>
public delegate IEnumerable<TrainingCustomer> HistoryReader(string data, string? database);

using System.Buffers;
using Personalization.Events;

namespace Personalization.Churn;

/// <summary>A date with at least one purchase: several orders on one date are one purchase day.</summary>
readonly record struct PurchaseDay(int Number, double Spend, int Units, int Lines);

/// <summary>
/// A customer's purchase days and the gaps between them, in pooled buffers. Built once, it serves every later "now" at which
/// nothing more has happened.
/// </summary>
ref struct PurchaseDays
{
    /// <summary>Ten-thousandths in one unit of currency.</summary>
    public const double E4 = 10_000;

    PurchaseDay[] _days;
    int[] _gaps;

    public PurchaseDays(ReadOnlySpan<Purchase> purchases)
    {
        _days = ArrayPool<PurchaseDay>.Shared.Rent(purchases.Length);
        _gaps = ArrayPool<int>.Shared.Rent(purchases.Length);
        int count = 0;
        for (int i = 0; i < purchases.Length; )
        {
            int day = purchases[i].Time / ChurnHistory.Day,
                units = 0,
                lines = 0;
            long amount = 0;
            for (; i < purchases.Length && purchases[i].Time / ChurnHistory.Day == day; i++)
            {
                amount += purchases[i].Amount;
                units = Saturating.Add(units, purchases[i].Units);
                lines += purchases[i].Lines;
            }
            if (count > 0)
                _gaps[count - 1] = day - _days[count - 1].Number;
            _days[count++] = new(day, amount / E4, units, lines);
        }
        Days = _days.AsSpan(0, count);
        LastGap = count > 1 ? _gaps[count - 2] : 0;
        SortedGaps = _gaps.AsSpan(0, Math.Max(0, count - 1));
        _gaps.AsSpan(0, SortedGaps.Length).Sort();
    }

    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<PurchaseDay> Days { get; }

    /// <summary>Days between consecutive purchase days, shortest first.</summary>
    public ReadOnlySpan<int> SortedGaps { get; }

    /// <summary>Days between the last two purchase days; meaningful when there are two.</summary>
    public int LastGap { get; }

    public readonly int First => Days[0].Number;

    public readonly int Last => Days[^1].Number;

    /// <summary>Mean gap in days; meaningful when there are two purchase days.</summary>
    public readonly double MeanGap => (double)(Last - First) / (Days.Length - 1);

    public void Dispose()
    {
        if (_days is null)
            return;
        ArrayPool<PurchaseDay>.Shared.Return(_days);
        ArrayPool<int>.Shared.Return(_gaps);
        (_days, _gaps) = (null!, null!);
    }
}

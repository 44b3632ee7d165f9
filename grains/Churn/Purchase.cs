namespace Personalization.Churn;

/// <summary>One order of a customer.</summary>
/// <param name="Time">When, unix seconds UTC.</param>
/// <param name="Amount">What was paid, ten-thousandths of the base currency; zero is a purchase too.</param>
/// <param name="Units">Pieces bought.</param>
/// <param name="Lines">Different order lines.</param>
public readonly record struct Purchase(int Time, long Amount, int Units, int Lines) : IComparable<Purchase>
{
    /// <summary>By time, then by every other member, so that the order of arrival leaves no trace.</summary>
    public int CompareTo(Purchase other) =>
        (Time, Amount, Units, Lines).CompareTo((other.Time, other.Amount, other.Units, other.Lines));
}

/// <summary>Something a customer sent back, or an order that was cancelled after it was paid.</summary>
/// <param name="Time">When, unix seconds UTC.</param>
/// <param name="Amount">What was refunded, ten-thousandths of the base currency, positive.</param>
public readonly record struct Return(int Time, long Amount) : IComparable<Return>
{
    /// <summary>By time, then by amount.</summary>
    public int CompareTo(Return other) => (Time, Amount).CompareTo((other.Time, other.Amount));
}

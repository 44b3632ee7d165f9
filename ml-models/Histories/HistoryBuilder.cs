using Personalization.Churn;

namespace Personalization.Models.Histories;

/// <summary>Gathers events that come in any order into customers' histories.</summary>
public sealed class HistoryBuilder
{
    sealed class Open
    {
        public readonly List<Purchase> Purchases = [];
        public readonly List<Return> Returns = [];
    }

    readonly SortedDictionary<long, Open> _customers = [];

    public void Add(long customer, Purchase purchase) => Of(customer).Purchases.Add(purchase);

    public void Add(long customer, Return item) => Of(customer).Returns.Add(item);

    /// <summary>By customer number; events oldest first.</summary>
    public IEnumerable<TrainingCustomer> Build()
    {
        foreach (var (number, open) in _customers)
        {
            open.Purchases.Sort();
            open.Returns.Sort();
            int first = int.MaxValue;
            if (open.Purchases.Count > 0)
                first = open.Purchases[0].Time;
            if (open.Returns.Count > 0)
                first = Math.Min(first, open.Returns[0].Time);
            yield return new(number, [.. open.Purchases], [.. open.Returns], [], first, []);
        }
    }

    Open Of(long customer)
    {
        if (!_customers.TryGetValue(customer, out var open))
            _customers.Add(customer, open = new());
        return open;
    }
}

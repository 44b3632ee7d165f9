namespace Personalization.Customers;

/// <summary>The process's current view of the shop. Replaced whole, so that a turn sees one view from beginning to end.</summary>
public sealed class CurrentShop(ShopContext first)
{
    ShopContext _current = first;

    public ShopContext Current => Volatile.Read(ref _current);

    /// <summary>Replaces parts of the view, for instance the churn model.</summary>
    public void Change(Func<ShopContext, ShopContext> change)
    {
        lock (this)
            Volatile.Write(ref _current, change(_current));
    }
}

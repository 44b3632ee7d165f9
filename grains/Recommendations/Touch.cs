namespace Personalization.Recommendations;

/// <summary>What a customer did with a product, weakest first.</summary>
public enum Signal : byte
{
    View = 1,
    Favourite,
    CartAdd,
    Purchase,
}

/// <summary>One act of a customer on one product, in 12 bytes: a customer holds many of them.</summary>
public readonly record struct Touch
{
    readonly int _act;

    public Touch(int product, int time, Signal signal, int visit) =>
        (Product, Time, _act) = (product, time, visit << 3 | (int)signal);

    /// <summary>Product number.</summary>
    public int Product { get; }

    /// <summary>Unix seconds.</summary>
    public int Time { get; }

    /// <summary>What was done.</summary>
    public Signal Signal => (Signal)(_act & 7);

    /// <summary>Number of the customer's visit, growing by one.</summary>
    public int Visit => _act >> 3;
}

/// <summary>A product that a customer bought.</summary>
/// <param name="Product">Product number.</param>
/// <param name="Last">When last, in unix seconds.</param>
/// <param name="Count">How often.</param>
public readonly record struct Purchased(int Product, int Last, int Count);

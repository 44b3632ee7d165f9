namespace Personalization.Recommendations;

/// <summary>What a customer did with a product, weakest first.</summary>
public enum Signal : byte
{
    View = 1,
    Favourite,
    CartAdd,
    Purchase,
}

/// <summary>One act of a customer on one product. 16 bytes.</summary>
/// <param name="Product">Product number.</param>
/// <param name="Time">Unix seconds.</param>
/// <param name="Signal">What was done.</param>
/// <param name="Visit">Number of the customer's visit, growing by one.</param>
public readonly record struct Touch(int Product, int Time, Signal Signal, int Visit);

/// <summary>A product somebody bought.</summary>
/// <param name="Product">Product number.</param>
/// <param name="Last">When last, in unix seconds.</param>
/// <param name="Count">How often.</param>
public readonly record struct Purchased(int Product, int Last, int Count);

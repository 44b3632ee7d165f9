using System.ComponentModel.DataAnnotations;

namespace Personalization.Churn;

/// <summary>The step before an order at which a customer stopped, the nearest to an order last.</summary>
public enum AlmostBuyerKind
{
    Views,
    Registration,
    Cart,
    Checkout,
}

/// <summary>What a customer has begun and not finished; null where nothing is open.</summary>
/// <param name="Views">Product views in the policy's window since the last cart or order.</param>
/// <param name="Products">Different products among them.</param>
/// <param name="CartAge">Seconds since the cart was last touched; null: empty, or its checkout has begun.</param>
/// <param name="CartAmount">Ten-thousandths of the base currency in the open cart or draft order.</param>
/// <param name="CheckoutAge">Seconds since the checkout was last touched, with no order after it.</param>
/// <param name="RegistrationAge">Seconds since a registration was begun or failed and not finished.</param>
public readonly record struct Unfinished(
    int Views,
    int Products,
    int? CartAge,
    long CartAmount,
    int? CheckoutAge,
    int? RegistrationAge
);

/// <summary>When something unfinished is worth a warning.</summary>
/// <param name="Views">Product views without a cart; the default is 8.</param>
/// <param name="CartAge">Seconds a cart must rest; the default is an hour.</param>
/// <param name="CheckoutAge">Seconds a checkout must rest; the default is half an hour.</param>
/// <param name="RegistrationAge">Seconds a registration must rest; the default is half an hour.</param>
/// <param name="Forgotten">Seconds after which it is no longer of interest; the default is 14 days.</param>
public sealed record AlmostBuyerPolicy(
    [property: Range(1, 1000)] int Views = 8,
    [property: Range(60, 86_400 * 30)] int CartAge = 3600,
    [property: Range(60, 86_400 * 30)] int CheckoutAge = 1800,
    [property: Range(60, 86_400 * 30)] int RegistrationAge = 1800,
    [property: Range(3600, 86_400 * 365)] int Forgotten = 14 * 86_400
)
{
    public static AlmostBuyerPolicy Default { get; } = new();
}

/// <summary>A customer who almost bought (R32).</summary>
/// <param name="Kind">The step they stopped at.</param>
/// <param name="Sentence">For a marketer.</param>
/// <param name="Amount">Ten-thousandths of the base currency left behind; 0 where unknown.</param>
public sealed record AlmostBuyer(AlmostBuyerKind Kind, string Sentence, long Amount)
{
    /// <summary>The unfinished step nearest to an order, or null.</summary>
    public static AlmostBuyer? Detect(in Unfinished open, AlmostBuyerPolicy policy)
    {
        if (Rests(open.CheckoutAge, policy.CheckoutAge, policy.Forgotten, out int age))
            return new(AlmostBuyerKind.Checkout, $"checkout begun {Words.Ago(age)}, no order", open.CartAmount);
        if (Rests(open.CartAge, policy.CartAge, policy.Forgotten, out age))
            return new(AlmostBuyerKind.Cart, $"cart left {Words.Ago(age)}, no checkout", open.CartAmount);
        if (Rests(open.RegistrationAge, policy.RegistrationAge, policy.Forgotten, out age))
            return new(AlmostBuyerKind.Registration, $"registration begun {Words.Ago(age)}, not finished", 0);
        // A cart or checkout still in use is not a hesitation.
        if (open.Views < policy.Views || open.CartAge is not null || open.CheckoutAge is not null)
            return null;
        return new(
            AlmostBuyerKind.Views,
            $"{Words.Count(open.Views, "product view")} of {Words.Count(open.Products, "product")}, nothing in the cart",
            0
        );
    }

    /// <summary>
    /// Seconds from now until <see cref="Detect"/> would first report an open step that is still too fresh; null when none is.
    /// </summary>
    public static int? NextDetection(in Unfinished open, AlmostBuyerPolicy policy)
    {
        int? next = null;
        Wait(open.CheckoutAge, policy.CheckoutAge, ref next);
        Wait(open.CartAge, policy.CartAge, ref next);
        Wait(open.RegistrationAge, policy.RegistrationAge, ref next);
        return next;
    }

    static bool Rests(int? open, int atLeast, int forgotten, out int age)
    {
        age = open ?? -1;
        return age >= atLeast && age <= forgotten;
    }

    static void Wait(int? age, int atLeast, ref int? next)
    {
        if (age is { } open && open < atLeast && (next is null || atLeast - open < next))
            next = atLeast - open;
    }
}

using Personalization.Events;

namespace Personalization.Shop;

/// <summary>
/// What amounts are counted in. <paramref name="Rates"/>: units of the base currency for one unit of the other, for
/// instance 0.92 for USD in a shop that counts in EUR.
/// </summary>
public sealed record ShopSettings(Currency BaseCurrency, IReadOnlyDictionary<Currency, decimal> Rates)
{
    /// <summary>Far above any rate in use, and low enough that no amount times it leaves the range of a decimal.</summary>
    public const decimal MaxRate = 1_000_000_000m;

    /// <summary>
    /// An amount (ten-thousandths) in the base currency, rounded half away from zero and at most the greatest that counts;
    /// null where the shop has no rate for the currency.
    /// </summary>
    public long? ToBase(long amount, Currency currency)
    {
        if (currency.IsBase || currency == BaseCurrency)
            return Math.Clamp(amount, -Bounds.MaxAmount, Bounds.MaxAmount);
        if (!Rates.TryGetValue(currency, out var rate))
            return null;
        if (Math.Abs(rate) > MaxRate)
            return null;
        var converted = decimal.Round(amount * rate, MidpointRounding.AwayFromZero);
        return (long)Math.Clamp(converted, -Bounds.MaxAmount, Bounds.MaxAmount);
    }
}

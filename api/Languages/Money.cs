using System.Collections.Frozen;

namespace Personalization.Languages;

/// <summary>Amounts as people write them: €27.00, 27,00 €, CHF 27.00.</summary>
public static class Money
{
    const string Space = "\u00a0";

    /// <summary>Signs that stand for one currency alone; others are named by their code.</summary>
    static readonly FrozenDictionary<string, string> Signs = new Dictionary<string, string>
    {
        ["EUR"] = "€",
        ["USD"] = "$",
        ["GBP"] = "£",
        ["INR"] = "₹",
        ["KRW"] = "₩",
        ["ILS"] = "₪",
        ["TRY"] = "₺",
        ["UAH"] = "₴",
        ["PLN"] = "zł",
        ["CZK"] = "Kč",
    }.ToFrozenDictionary();

    static readonly FrozenSet<string> WithoutMinorUnit =
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ];

    /// <param name="amount">In units of the currency.</param>
    /// <param name="currency">ISO 4217.</param>
    /// <param name="style">Of the reader's language.</param>
    public static string Write(decimal amount, string currency, NumberStyle style)
    {
        var number = style.Write(amount, WithoutMinorUnit.Contains(currency) ? 0 : 2);
        var sign = Signs.GetValueOrDefault(currency, currency);
        if (!style.SignFirst)
            return number + Space + sign;
        return sign + (style.SignClose && sign.Length == 1 ? "" : Space) + number;
    }
}

using System.Globalization;

namespace Personalization.Languages;

/// <summary>How numbers are written in a language.</summary>
/// <param name="Decimal">Between units and decimals.</param>
/// <param name="Group">Between thousands.</param>
/// <param name="SignFirst">€5 rather than 5 €.</param>
/// <param name="SignClose">€5 rather than € 5.</param>
public sealed record NumberStyle(string Decimal, string Group, bool SignFirst, bool SignClose = false)
{
    const string Space = "\u00a0",
        NarrowSpace = "\u202f";

    static readonly NumberStyle English = new(".", ",", SignFirst: true, SignClose: true),
        Continental = new(",", ".", false),
        Spaced = new(",", Space, false);

    static readonly Dictionary<string, NumberStyle> Styles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = English,
        ["zh"] = English,
        ["ja"] = English,
        ["ko"] = English,
        ["th"] = English,
        ["he"] = English with { SignFirst = false },
        ["de"] = Continental,
        ["de-AT"] = new(",", Space, true),
        ["de-CH"] = new(".", "’", true),
        ["de-LI"] = new(".", "’", true),
        ["fr-CH"] = new(",", NarrowSpace, false),
        ["it-CH"] = new(".", "’", true),
        ["fr"] = new(",", NarrowSpace, false),
        ["es"] = Continental,
        ["es-MX"] = English,
        ["it"] = Continental,
        ["nl"] = new(",", ".", true),
        ["pt"] = Spaced,
        ["pt-BR"] = new(",", ".", true),
        ["da"] = Continental,
        ["el"] = Continental,
        ["hr"] = Continental,
        ["id"] = new(",", ".", true),
        ["ro"] = Continental,
        ["sl"] = Continental,
        ["tr"] = new(",", ".", true),
        ["vi"] = Continental,
        ["bg"] = Spaced,
        ["cs"] = Spaced,
        ["et"] = Spaced,
        ["fi"] = Spaced,
        ["hu"] = Spaced,
        ["lt"] = Spaced,
        ["lv"] = Spaced,
        ["nb"] = Spaced,
        ["no"] = Spaced,
        ["pl"] = Spaced,
        ["ru"] = Spaced,
        ["sk"] = Spaced,
        ["sv"] = Spaced,
        ["uk"] = Spaced,
    };

    /// <summary>That of a language tag; English for a language that is not listed.</summary>
    public static NumberStyle Of(string? language)
    {
        for (var tag = language ?? ""; tag.Length > 0; tag = LanguageTag.Parent(tag))
            if (Styles.TryGetValue(tag, out var style))
                return style;
        return English;
    }

    /// <summary>A number with so many decimals.</summary>
    public string Write(decimal number, int decimals)
    {
        var text = Math.Abs(number).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var point = text.IndexOf('.');
        var (units, rest) = point < 0 ? (text, "") : (text[..point], Decimal + text[(point + 1)..]);
        return (number < 0 ? "-" : "") + units.Replace(",", Group, StringComparison.Ordinal) + rest;
    }
}

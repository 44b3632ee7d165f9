using System.Diagnostics.CodeAnalysis;

namespace Personalization.Events;

/// <summary>An ISO 4217 alphabetic code in two bytes. The default value stands for the shop's base currency.</summary>
[GenerateSerializer, Immutable, Alias("currency")]
public readonly record struct Currency(ushort Code) : IParsable<Currency>
{
    /// <summary>The codes in use (ISO 4217, active list), without funds codes and precious metals.</summary>
    const string Known =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        + "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
        + "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
        + "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
        + "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
        + "USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

    static readonly HashSet<ushort> Codes = [.. Known.Split(' ').Select(Pack)];

    public bool IsBase => Code == 0;

    /// <summary>One that could not be read (ISO 4217's code for none): it has no rate, so its amounts count in no sum.</summary>
    public static readonly Currency Unknown = new(Pack("XXX"));

    /// <summary>Reads a three-letter code in either case. False for anything that is not a currency in use.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Currency currency)
    {
        currency = default;
        if (text is not { Length: 3 } || !text.All(char.IsAsciiLetter))
            return false;
        var code = Pack(text);
        if (!Codes.Contains(code))
            return false;
        currency = new Currency(code);
        return true;
    }

    public static Currency Parse(string text, IFormatProvider? provider) =>
        TryParse(text, out var currency)
            ? currency
            : throw new FormatException("it must be an ISO 4217 code in use, such as EUR");

    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out Currency currency) =>
        TryParse(text, out currency);

    /// <summary>The three letters, or the empty text for the base currency.</summary>
    public override string ToString() => Code == 0 ? "" : string.Create(3, Code - 1, static (letters, code) =>
            {
                letters[0] = (char)('A' + code / 676);
                letters[1] = (char)('A' + code / 26 % 26);
                letters[2] = (char)('A' + code % 26);
            });

    static ushort Pack(string letters)
    {
        static int Letter(char c) => char.ToUpperInvariant(c) - 'A';
        return (ushort)(Letter(letters[0]) * 676 + Letter(letters[1]) * 26 + Letter(letters[2]) + 1);
    }
}

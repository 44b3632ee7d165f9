using Microsoft.AspNetCore.Mvc;
using Personalization.Platforms;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>What is asked of an import, in the words of the command line and of the API.</summary>
public sealed record ImportOptions
{
    /// <summary>What the files are: a format of the command import, such as csv or segment.</summary>
    [FromQuery(Name = "format")]
    public string? Format { get; init; }

    /// <summary>csv: which column holds what.</summary>
    [FromQuery(Name = "map")]
    public string? Map { get; init; }

    /// <summary>csv: what the event column's values mean.</summary>
    [FromQuery(Name = "eventNames")]
    public string? EventNames { get; init; }

    /// <summary>csv: unix, unix-ms or a .NET format.</summary>
    [FromQuery(Name = "timeFormat")]
    public string? TimeFormat { get; init; }

    /// <summary>csv: one character or tab.</summary>
    [FromQuery(Name = "delimiter")]
    public string? Delimiter { get; init; }

    /// <summary>csv: numbers are written 1.234,50.</summary>
    [FromQuery(Name = "decimalComma")]
    public bool? DecimalComma { get; init; }

    /// <summary>csv: columns are numbers.</summary>
    [FromQuery(Name = "noHeader")]
    public bool? NoHeader { get; init; }

    /// <summary>The files' character set.</summary>
    [FromQuery(Name = "charset")]
    public string? Charset { get; init; }

    /// <summary>d/m/y or m/d/y.</summary>
    [FromQuery(Name = "dates")]
    public string? Dates { get; init; }

    /// <summary>The zone of times without an offset.</summary>
    [FromQuery(Name = "timeZone")]
    public string? TimeZone { get; init; }

    /// <exception cref="ImportException">Something is not understood; the message says what.</exception>
    public ImportRequest In(string data, IReadOnlyList<string> files, PlatformSettings platforms)
    {
        if (Charset is not null)
            Personalization.Storage.Files.Charset.Named(Charset);
        var request = new ImportRequest
        {
            Format = Format ?? "",
            Options = this,
            Files = files,
            Data = data,
            Platforms = platforms,
            Charset = Charset,
            Dates = DateOrders.Parse(Dates),
            Zone = FileTimes.ZoneOf(TimeZone),
            Csv =
                Format == ImportFormats.Csv
                    ? CsvMapping.Parse(Map, EventNames, TimeFormat, Delimiter, DecimalComma == true, NoHeader == true)
                    : null,
        };
        ImportFormats.Reader(request, static (_, _, _) => { });
        return request;
    }
}

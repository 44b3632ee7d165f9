using System.Globalization;
using System.Text;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>What comes first in dates such as 01/02/2011 and 01-02-2011.</summary>
public enum DateOrder : byte
{
    Unknown,
    DayFirst,
    MonthFirst,
}

/// <summary>Where a file's dates stand: the columns by name, or by number from 1 where there is no header.</summary>
public sealed record DateColumns(IReadOnlyList<string> Names, char? Delimiter = null, bool NoHeader = false);

/// <summary>Finds out over a whole file in which order its dates are written: a 13 is no month.</summary>
public static class DateOrders
{
    const string Remedy = "say which with --dates d/m/y or --dates m/d/y.";

    /// <summary>Reads what a person says: d/m/y or m/d/y, also with other separators or none.</summary>
    /// <exception cref="ImportException">It is neither.</exception>
    public static DateOrder Parse(string? text) =>
        text is null
            ? DateOrder.Unknown
            : string.Concat(text.Where(char.IsAsciiLetter)).ToLowerInvariant() switch
            {
                "dmy" or "ddmmyyyy" or "ddmmyy" => DateOrder.DayFirst,
                "mdy" or "mmddyyyy" or "mmddyy" => DateOrder.MonthFirst,
                _ => throw new ImportException($"--dates '{text}' is neither d/m/y nor m/d/y."),
            };

    /// <summary>Unknown where the first date is of another form: the rest is then not looked at.</summary>
    /// <exception cref="ImportException">No row decides, or two contradict each other.</exception>
    public static DateOrder Of(Stream utf8, DateColumns columns)
    {
        var rows = columns.Delimiter is { } named
            ? new DelimitedRows(utf8, (byte)named)
            : new DelimitedRows(utf8).DetectDelimiter();
        var header = columns.NoHeader ? null : new Header(rows);
        var places = columns
            .Names.Select(name => header?.Find(name) ?? int.Parse(name, CultureInfo.InvariantCulture) - 1)
            .Where(place => place >= 0)
            .ToArray();
        long day = 0,
            month = 0,
            either = 0;
        while (rows.Next())
            foreach (var place in places)
            {
                if (place >= rows.Count || FieldValue.Trim(rows[place]) is not { IsEmpty: false } field)
                    continue;
                if (!TryNumbers(field, out var first, out var second))
                {
                    if (day + month + either == 0)
                        return DateOrder.Unknown;
                    continue;
                }
                if (first > 12 && second <= 12 && day == 0)
                    day = rows.Line;
                else if (second > 12 && first <= 12 && month == 0)
                    month = rows.Line;
                else if (first != second && either == 0)
                    either = rows.Line;
            }
        if (day > 0 && month > 0)
            throw new ImportException(
                $"has dates of both orders: day first in line {day}, month first in line {month}; "
                    + "mend the file, or import its parts apart, each with --dates."
            );
        if (day + month == 0 && either > 0)
            throw new ImportException($"has dates as in line {either} of which no row tells day from month; {Remedy}");
        return day > 0 ? DateOrder.DayFirst
            : month > 0 ? DateOrder.MonthFirst
            : DateOrder.Unknown;
    }

    static bool TryNumbers(ReadOnlySpan<byte> field, out int first, out int second)
    {
        (first, second) = (0, 0);
        if (field.Length > 64)
            return false;
        Span<char> characters = stackalloc char[64];
        var text = characters[..Encoding.UTF8.GetChars(field, characters)];
        return FileTimes.TrySplit(text, out first, out second, out _, out _, out var separator) && separator != '.';
    }
}

using System.Globalization;
using Personalization.Catalogue;
using Personalization.Recommendations;
using Personalization.Storage.Files;

namespace Personalization.Models.Recommendations;

/// <summary>
/// Files of clicks as the literature on session-based recommendation uses them, plain or .gz: tables of session, item and time
/// (a header, then tabs or commas), and lists of prefixes (items of one visit, the last one to be predicted).
/// </summary>
public static class ClickFile
{
    readonly record struct Row(string Session, int Item, double Time);

    /// <summary>A table of clicks; products that the catalogue lacks are added to it.</summary>
    /// <exception cref="InvalidDataException">Not such a table; the message names the line.</exception>
    public static ClickLog ReadClicks(string path, ProductCatalogue catalogue)
    {
        var rows = ReadRows(path, item => Number(item, catalogue));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var acts = new List<Act>(rows.Count);
        // Visits in the order of the file, each in its own order, then all by time: equal times keep that order.
        foreach (var row in rows.GroupBy(row => row.Session).SelectMany(InOrder).OrderBy(row => row.Time))
        {
            if (!numbers.TryGetValue(row.Session, out int session))
                numbers[row.Session] = session = numbers.Count + 1;
            acts.Add(new(session, 1, (ulong)session, row.Item, (int)row.Time, Signal.View));
        }
        return acts.Count > 0 ? new(acts) : throw new InvalidDataException($"{path} holds no click.");
    }

    /// <summary>The prefixes of a test file of either form. Items unknown in training stay in their place as -2, -3, …</summary>
    /// <exception cref="InvalidDataException">A file of neither form; the message names the line.</exception>
    public static List<Prefix> ReadPrefixes(string path, ProductCatalogue catalogue)
    {
        var unknown = new Dictionary<string, int>(StringComparer.Ordinal);
        int Known(string item) =>
            catalogue.TryNumber(item, out int number) ? number
            : unknown.TryGetValue(item, out number) ? number
            : unknown[item] = -2 - unknown.Count;
        return IsTable(path)
            ?
            [
                .. ReadRows(path, Known)
                    .GroupBy(row => row.Session)
                    .SelectMany(visit => PrefixesOf([.. InOrder(visit).Select(row => row.Item)])),
            ]
            : [.. Lines(path).Select((line, i) => PrefixOf(line, path, i + 1, Known)).OfType<Prefix>()];
    }

    static IEnumerable<Row> InOrder(IEnumerable<Row> visit)
    {
        var rows = visit.ToList();
        // Some files list a visit from its end; without this, clicks of one second would change their order.
        if (rows[0].Time > rows[^1].Time)
            rows.Reverse();
        return rows.OrderBy(row => row.Time);
    }

    static IEnumerable<Prefix> PrefixesOf(int[] visit)
    {
        for (int length = 1; length < visit.Length; length++)
            yield return PrefixOf(visit.AsSpan(0, length), visit[length]);
    }

    static Prefix PrefixOf(ReadOnlySpan<int> items, int next) =>
        new(
            [
                .. items[Math.Max(0, items.Length - Prefix.MaxLength)..]
                    .ToArray()
                    .Select(item => new Touch(item, 0, Signal.View, 1)),
            ],
            Math.Max(-1, next)
        );

    static Prefix? PrefixOf(string line, string path, int number, Func<string, int> known)
    {
        var items = line.Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (items.Length == 0)
            return null;
        if (items.Length == 1)
            throw new InvalidDataException($"{path}, line {number}: a prefix and the item to predict are expected.");
        int[] visit = [.. items.Select(known)];
        return PrefixOf(visit.AsSpan(..^1), visit[^1]);
    }

    static bool IsTable(string path) => Lines(path).FirstOrDefault() is { } header && header.Any(char.IsLetter);

    static List<Row> ReadRows(string path, Func<string, int> number)
    {
        var rows = new List<Row>();
        int line = 0;
        foreach (string text in Lines(path))
        {
            var fields = text.Split(text.Contains('\t') ? '\t' : ',');
            if (line++ == 0 || text.Length == 0)
                continue;
            if (
                fields.Length < 3
                || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double time)
                || time is not (>= 0 and < int.MaxValue)
            )
                throw new InvalidDataException($"{path}, line {line}: session, item and time in unix seconds are expected.");
            rows.Add(new(fields[0], number(fields[1]), time));
        }
        return rows;
    }

    static int Number(string id, ProductCatalogue catalogue)
    {
        if (!catalogue.TryNumber(id, out int number))
            catalogue.Apply(new Product { Number = number = catalogue.Count, Id = id });
        return number;
    }

    static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(DataFile.Open(path));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}

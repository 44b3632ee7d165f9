using System.CommandLine;
using Personalization.Models.Histories;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>What every verb works with.</summary>
sealed record CommandContext(IAnsiConsole Console, TimeProvider Clock, HistoryReader? Histories, ActReader? Acts)
{
    public DateTimeOffset Now(ParseResult parsed) => parsed.GetValue(SharedOptions.AsOf) ?? Clock.GetUtcNow();

    /// <summary>Customers of --file, or what was recorded in --data or --database.</summary>
    public IEnumerable<TrainingCustomer> Customers(ParseResult parsed) =>
        parsed.GetValue(SharedOptions.File) is { } path ? FromFile(path, parsed)
        : Histories is null
            ? throw new InvalidOperationException("Recorded history cannot be read by this program; name a file with --file.")
        : Histories(parsed.GetRequiredValue(SharedOptions.Data), parsed.GetValue(SharedOptions.Database));

    public static List<TrainingCustomer> FromFile(string path, ParseResult parsed)
    {
        if (parsed.GetValue(SharedOptions.Format) is not { } format || !TransactionFile.Formats.Contains(format))
            throw new InvalidOperationException($"--format must be one of {string.Join(", ", TransactionFile.Formats)}.");
        return TransactionFile.Read(path, format, Map(parsed.GetValue(SharedOptions.Map)));
    }

    static Dictionary<string, string> Map(string? text)
    {
        var map = new Dictionary<string, string>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            if (
                part.Split('=', 2, StringSplitOptions.TrimEntries) is [var column, { Length: > 0 } name]
                && TransactionFile.Columns.Contains(column)
            )
                map[column] = name;
            else
                throw new InvalidOperationException(
                    $"--map takes NAME=COLUMN separated by commas, the names being {string.Join(", ", TransactionFile.Columns)}."
                );
        return map;
    }
}

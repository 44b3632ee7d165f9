using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Personalization.Models.Histories;
using Personalization.Storage.Postgres;

namespace Personalization.Models.Commands;

/// <summary>Options that several verbs have.</summary>
static class SharedOptions
{
    public static Option<string> Data { get; } =
        new("--data")
        {
            Description = "The server's data directory; models live in its folder models.",
            DefaultValueFactory = _ => "data",
        };

    /// <summary>What evaluations read.</summary>
    public static Option<string> DataFile { get; } =
        new("--data") { Description = "File of transactions, plain or .gz.", Required = true };

    public static Option<string> By { get; } =
        new("--by") { Description = "Who does this, for the log.", DefaultValueFactory = _ => Environment.UserName };

    public static Option<string> Reason { get; } =
        new("--reason") { Description = "For the log.", DefaultValueFactory = _ => "by hand" };

    public static Option<int> Seed { get; } =
        new("--seed")
        {
            Description = "Of the generators that sample; the same seed gives the same model.",
            DefaultValueFactory = _ => 1,
        };

    public static Option<int> Horizon { get; } =
        new("--horizon-days")
        {
            Description = "Days without a purchase that count as churn.",
            DefaultValueFactory = _ => 90,
            Validators = { BetweenOneDayAndTenYears },
        };

    public static Option<string?> Format { get; } =
        new("--format") { Description = $"Format of the file: {string.Join(", ", TransactionFile.Formats)}." };

    public static Option<string?> Map { get; } =
        new("--map")
        {
            Description = "What a csv file calls its columns: customer=…,time=…,amount=… and, if known, units, lines, type.",
        };

    public static Option<string?> Database { get; } =
        new("--database")
        {
            Description =
                $"PostgreSQL connection without a password; without it that of {DatabaseSetting.Variable}, "
                + "or else the embedded database of --data.",
            Validators = { WithoutPassword },
        };

    public static Option<string?> File { get; } =
        new("--file") { Description = "Read a file of transactions instead of what was recorded (with --format)." };

    public static Option<DateTimeOffset?> AsOf { get; } =
        new("--as-of")
        {
            Description = "As of that time (ISO 8601, UTC unless it says otherwise); nothing later is seen.",
            CustomParser = Time,
        };

    public static Option<bool> Anyway { get; } =
        new("--promote-anyway") { Description = "Put the new model in use even if it is worse than the one in use." };

    public static Option<string?> Json { get; } = new("--json") { Description = "Write all figures to this file too." };

    public static Argument<string> Version { get; } = new("version") { Description = "As shown by list." };

    /// <summary>Where customers come from and when they are looked at.</summary>
    public static Option[] Source { get; } = [Data, Database, File, Format, Map, AsOf];

    public static Command With(this Command command, params IEnumerable<Option> options)
    {
        foreach (var option in options)
            command.Add(option);
        return command;
    }

    /// <summary>Midnight UTC of a day, unix seconds.</summary>
    public static int Seconds(DateOnly day) =>
        checked((int)new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds());

    public static DateOnly[] Days(ArgumentResult argument)
    {
        var days = new List<DateOnly>();
        foreach (string part in argument.Tokens.SelectMany(token => token.Value.Split(',')))
            if (DateOnly.TryParseExact(part, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                days.Add(day);
            else
                argument.AddError($"\"{part}\" is not a day such as 2026-03-01.");
        return [.. days];
    }

    static DateTimeOffset? Time(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        argument.AddError($"\"{text}\" is not a time such as 2026-03-01 or 2026-03-01T12:00:00Z.");
        return null;
    }

    static void WithoutPassword(OptionResult result)
    {
        if (DatabaseSetting.ProblemOnCommandLine(result.GetValueOrDefault<string?>()) is { } problem)
            result.AddError(problem);
    }

    static void BetweenOneDayAndTenYears(OptionResult result)
    {
        if (result.GetValueOrDefault<int>() is < 1 or > 3650)
            result.AddError("--horizon-days must lie between 1 and 3650.");
    }
}

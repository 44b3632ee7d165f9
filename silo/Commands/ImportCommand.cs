using System.CommandLine;
using Personalization.Import;
using Personalization.Storage.Files;
using Personalization.Storage.Postgres;

namespace Personalization.Commands;

/// <summary>The verb <c>import</c>.</summary>
public static class ImportCommand
{
    /// <summary>The option of every verb: which database, without its password.</summary>
    public static Option<string?> Database()
    {
        var option = new Option<string?>("--database")
        {
            Description =
                "A PostgreSQL connection string without a password, instead of the embedded database; "
                + $"with a password it is set as {DatabaseSetting.Variable}.",
        };
        option.Validators.Add(given =>
        {
            if (DatabaseSetting.ProblemOnCommandLine(given.GetValueOrDefault<string?>()) is { } problem)
                given.AddError(problem);
        });
        return option;
    }

    /// <summary>
    /// Builds the command; <paramref name="run"/> opens the shop, runs an <see cref="Importer"/> and returns the exit
    /// code.
    /// </summary>
    public static Command Create(Func<ImportRequest, CancellationToken, Task<int>> run)
    {
        var format = new Argument<string>("format") { Description = $"One of {string.Join(", ", ImportFormats.Names)}." };
        var files = new Argument<string[]>("file") { Description = "Files, plain or gzip.", Arity = ArgumentArity.OneOrMore };
        var data = new Option<string>("--data") { Description = "The data directory.", DefaultValueFactory = _ => "data" };
        var database = Database();
        var map = new Option<string?>("--map")
        {
            Description =
                $"csv: which column holds what, as customer=Col,time=Col,…; "
                + $"one of {string.Join(", ", CsvMapping.Targets)}.",
        };
        var names = new Option<string?>("--event-names")
        {
            Description = "csv: what the event column's values mean, as buy=order,look=view; value=- leaves those rows out.",
        };
        var timeFormat = new Option<string?>("--time-format")
        {
            Description =
                "csv: unix, unix-ms or a .NET format such as dd/MM/yyyy HH:mm. " + "ISO 8601 and Unix times are known without.",
        };
        var delimiter = new Option<string?>("--delimiter")
        {
            Description = "csv: the delimiter, one character or 'tab'; found out from the first line by default.",
        };
        var comma = new Option<bool>("--decimal-comma") { Description = "csv: numbers are written 1.234,50." };
        var headerless = new Option<bool>("--no-header") { Description = "csv: there is no header; columns are numbers from 1." };

        var charset = new Option<string?>("--charset")
        {
            Description = "The files' character set, such as windows-1252 or gb18030; found out by default.",
        };
        var dates = new Option<string?>("--dates")
        {
            Description =
                "How dates such as 01/02/2026 are written, d/m/y or m/d/y; found out by default where a row decides it.",
        };
        var zone = new Option<string?>("--time-zone")
        {
            Description = "The zone of times that name no offset, such as Europe/Berlin; UTC by default.",
        };

        format.AcceptOnlyFromAmong([.. ImportFormats.Names]);
        var command = new Command("import", "Imports the history of a shop; importing a file again changes nothing.")
        {
            format,
            files,
            data,
            database,
            map,
            names,
            timeFormat,
            delimiter,
            comma,
            headerless,
            charset,
            dates,
            zone,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                try
                {
                    var options = new ImportOptions
                    {
                        Format = parsed.GetValue(format),
                        Map = parsed.GetValue(map),
                        EventNames = parsed.GetValue(names),
                        TimeFormat = parsed.GetValue(timeFormat),
                        Delimiter = parsed.GetValue(delimiter),
                        DecimalComma = parsed.GetValue(comma),
                        NoHeader = parsed.GetValue(headerless),
                        Charset = parsed.GetValue(charset),
                        Dates = parsed.GetValue(dates),
                        TimeZone = parsed.GetValue(zone),
                    };
                    var request = options.In(parsed.GetValue(data)!, parsed.GetValue(files)!, new());
                    return await run(request with { Database = parsed.GetValue(database) }, cancel);
                }
                catch (ImportException wrong)
                {
                    await parsed.InvocationConfiguration.Error.WriteLineAsync(wrong.Message);
                    return 1;
                }
            }
        );
        return command;
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Personalization.Journal;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>
/// The command line of data scientists: train, evaluate, compare, drift, export-features, promote, rollback, list.
/// </summary>
/// <param name="console">Where tables and progress go.</param>
/// <param name="clock">The time of a training and a promotion.</param>
/// <param name="histories">Reads what a server recorded; null: only files can be learned from.</param>
/// <param name="acts">The same for recommendations.</param>
/// <param name="methods">Ways to foretell churn beside the built-in ones.</param>
public sealed partial class ModelCommands(
    IAnsiConsole console,
    TimeProvider clock,
    HistoryReader? histories = null,
    ActReader? acts = null,
    IReadOnlyList<ChurnMethod>? methods = null
)
{
    private readonly IReadOnlyList<ChurnMethod> _methods = methods ?? [];

    private readonly Option<string> _data = SharedOptions.Data(),
        _by = SharedOptions.By(),
        _reason = SharedOptions.Reason();

    private readonly Option<int> _horizon = new("--horizon-days")
    {
        Description = "Days without a purchase that count as churn.",
        DefaultValueFactory = _ => 90,
    };

    private readonly Option<int> _seed = SharedOptions.Seed();

    private readonly Option<string?> _format = new("--format")
    {
        Description = $"Format of the file: {string.Join(", ", TransactionFile.Formats)}.",
    };

    private readonly Option<string?> _database = new("--database")
    {
        Description = "PostgreSQL connection; without it the embedded database of --data.",
    };

    private readonly Option<string?> _file = new("--file")
    {
        Description = "Read a file of transactions instead of what was recorded (with --format).",
    };

    private readonly Option<DateTimeOffset?> _now = new("--now")
    {
        Description = "As of that time (ISO 8601, UTC unless it says otherwise); nothing later is seen.",
        CustomParser = Time,
    };

    private readonly Option<bool> _anyway = new("--promote-anyway")
    {
        Description = "Put the new model in use even if it is worse than the one in use.",
    };

    private readonly Option<string?> _map = new("--map")
    {
        Description = "What a csv file calls its columns: customer=…,time=…,amount=… and, if known, units, lines, type.",
    };

    /// <summary>Runs the command line and returns the exit code: 0 done, 1 not done (and said why).</summary>
    public int Run(string[] args)
    {
        _horizon.Validators.Add(AtLeastOne);
        var recommendations = new RecommendationCommands(console, clock, acts);
        var root = new RootCommand("Trains, judges and manages the models of a personalization server.")
        {
            Verb("train", "Learn a model from recorded history.", Train(), TrainValue(), recommendations.Train(_database, _now)),
            Verb(
                "evaluate",
                "Compare methods on later days than they learned from.",
                Evaluate(),
                EvaluateValue(),
                recommendations.Evaluate()
            ),
            Verb("compare", "Two versions on the same later days.", Compare()),
            Verb("drift", "Whether features are what they were when the model in use was trained.", Drift()),
            Verb("export-features", "The rows a model learns from, as CSV with a data dictionary.", ExportFeatures()),
            Verb(
                "promote",
                "Put a version in use; running servers notice.",
                Promote("churn", "A churn model.", data => new ModelRegistry(data)),
                Promote("value", "A value model.", data => new ValueRegistry(data)),
                recommendations.Promote()
            ),
            Verb(
                "rollback",
                "Put the version back in use that the present one replaced.",
                Rollback("churn", "The churn model.", data => new ModelRegistry(data)),
                Rollback("value", "The value model.", data => new ValueRegistry(data)),
                recommendations.Rollback()
            ),
            Verb("list", "All versions, and who put which in use.", List(), ListValue(), recommendations.List()),
        };
        try
        {
            return root.Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception problem)
            when (problem
                    is IOException
                        or InvalidDataException
                        or InvalidOperationException
                        or UnauthorizedAccessException
                        or StoreUnavailableException
                        or CsvHelper.CsvFormatException
            )
        {
            return Fail(problem.Message);
        }
    }

    private static Command Verb(string name, string description, params ReadOnlySpan<Command> models)
    {
        var verb = new Command(name, description);
        foreach (var model in models)
            verb.Add(model);
        return verb;
    }

    private Command Train()
    {
        var method = new Option<string?>("--method")
        {
            Description =
                $"Take this method instead of the best on the training rows: {string.Join(", ", ChurnMethods.BuiltIn.Concat(_methods).Select(m => m.Name))}, {ChurnMethods.Blended}.",
        };
        var churn = new Command("churn", "Who will not buy within the horizon.")
        {
            _data,
            _database,
            _file,
            _format,
            _map,
            _now,
            _horizon,
            _by,
            _seed,
            _anyway,
            method,
        };
        churn.SetAction(parsed =>
        {
            return new ChurnTrainCommand(console, clock, _methods).Run(
                Source(parsed),
                new(
                    parsed.GetRequiredValue(_data),
                    parsed.GetValue(_now) ?? clock.GetUtcNow(),
                    parsed.GetValue(_horizon),
                    parsed.GetValue(_by)!,
                    new() { Seed = parsed.GetValue(_seed) },
                    parsed.GetValue(_anyway),
                    parsed.GetValue(method)
                )
            );
        });
        return churn;
    }

    private Command Evaluate()
    {
        var file = new Option<string>("--data") { Description = "File of transactions, plain or .gz.", Required = true };
        var cutoffs = new Option<DateOnly[]?>("--cutoffs")
        {
            Description = "Days to train at, separated by commas: yyyy-mm-dd,yyyy-mm-dd.",
            CustomParser = Days,
        };
        var test = new Option<DateOnly?>("--test-cutoff")
        {
            Description = "The later day to judge at, yyyy-mm-dd.",
            CustomParser = argument => Days(argument) is [var day] ? day : null,
        };
        var rolling = new Option<bool>("--rolling")
        {
            Description =
                "Instead of at one day, judge at the first of every month, each time by what could have been learned by then.",
        };
        var json = new Option<string?>("--json") { Description = "Write all figures to this file too." };
        var report = new Option<string>("--report")
        {
            Description = "Where the report goes, one HTML file.",
            DefaultValueFactory = _ => "churn-evaluation.html",
        };
        var churn = new Command("churn", "Recency, RFM logistic, BG/NBD, the built-in trees and their blend.")
        {
            file,
            _format,
            _map,
            cutoffs,
            test,
            rolling,
            _horizon,
            _seed,
            json,
            report,
        };
        churn.Validators.Add(result =>
        {
            bool both = result.GetResult(cutoffs) is not null && result.GetResult(test) is not null;
            if (both == result.GetValue(rolling) || (!both && (result.GetResult(cutoffs) ?? result.GetResult(test)) is not null))
                result.AddError("Say at which days: either --cutoffs and --test-cutoff, or --rolling.");
        });
        churn.SetAction(parsed =>
        {
            var customers = FromFile(parsed.GetRequiredValue(file), parsed);
            var (horizon, settings) = (parsed.GetValue(_horizon), new BoostingSettings { Seed = parsed.GetValue(_seed) });
            string? figures = parsed.GetValue(json);
            return parsed.GetValue(rolling)
                ? new ChurnRollingCommand(console, _methods).Run(
                    customers,
                    horizon,
                    settings,
                    figures,
                    parsed.GetRequiredValue(report)
                )
                : new ChurnEvaluateCommand(console, _methods).Run(
                    customers,
                    [.. parsed.GetValue(cutoffs)!.Select(Seconds)],
                    Seconds(parsed.GetValue(test)!.Value),
                    horizon,
                    settings,
                    figures,
                    parsed.GetRequiredValue(report)
                );
        });
        return churn;
    }

    private Command Promote<TModel, TCard>(string kind, string description, Func<string, ModelFolder<TModel, TCard>> registry)
        where TModel : class
        where TCard : class
    {
        var version = new Argument<string>("version") { Description = "As shown by list." };
        var command = new Command(kind, description) { version, _data, _by, _reason };
        command.SetAction(parsed =>
        {
            var folder = registry(parsed.GetRequiredValue(_data));
            Report(
                folder.Noun,
                folder.Promote(
                    parsed.GetRequiredValue(version),
                    parsed.GetValue(_by)!,
                    parsed.GetValue(_reason)!,
                    clock.GetUtcNow()
                )
            );
        });
        return command;
    }

    private Command Rollback<TModel, TCard>(string kind, string description, Func<string, ModelFolder<TModel, TCard>> registry)
        where TModel : class
        where TCard : class
    {
        var command = new Command(kind, description) { _data, _by, _reason };
        command.SetAction(parsed =>
        {
            var folder = registry(parsed.GetRequiredValue(_data));
            Report(folder.Noun, folder.Rollback(parsed.GetValue(_by)!, parsed.GetValue(_reason)!, clock.GetUtcNow()));
        });
        return command;
    }

    private Command ListValue()
    {
        var value = new Command("value", "Value models.") { _data };
        value.SetAction(parsed => ModelTables.List(console, new ValueRegistry(parsed.GetRequiredValue(_data))));
        return value;
    }

    private Command List()
    {
        var churn = new Command("churn", "Churn models.") { _data };
        churn.SetAction(parsed => ModelTables.List(console, new ModelRegistry(parsed.GetRequiredValue(_data))));
        return churn;
    }

    private void Report(string noun, Promotion entry) =>
        console.MarkupLineInterpolated(
            $"The {noun} [bold]{entry.Version}[/] is in use ({entry.Action}); before: {entry.Previous ?? "none"}."
        );

    private int Fail(string why)
    {
        console.MarkupLineInterpolated($"[red]{why}[/]");
        return 1;
    }

    private IEnumerable<TrainingCustomer> Source(ParseResult parsed) =>
        parsed.GetValue(_file) is { } path
            ? FromFile(path, parsed)
            : Recorded(parsed.GetRequiredValue(_data), parsed.GetValue(_database));

    private IEnumerable<TrainingCustomer> Recorded(string data, string? database) =>
        histories is null
            ? throw new InvalidOperationException("Recorded history cannot be read by this program; name a file with --file.")
            : histories(data, database);

    private List<TrainingCustomer> FromFile(string path, ParseResult parsed)
    {
        if (parsed.GetValue(_format) is not { } format || !TransactionFile.Formats.Contains(format))
            throw new InvalidOperationException($"--format must be one of {string.Join(", ", TransactionFile.Formats)}.");
        return TransactionFile.Read(path, format, Map(parsed.GetValue(_map)));
    }

    private static Dictionary<string, string> Map(string? text)
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

    private static int Seconds(DateOnly day) =>
        checked((int)new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds());

    private static DateTimeOffset? Time(ArgumentResult argument)
    {
        if (
            DateTimeOffset.TryParse(
                argument.Tokens[0].Value,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time
            )
        )
            return time;
        argument.AddError($"\"{argument.Tokens[0].Value}\" is not a time such as 2026-03-01 or 2026-03-01T12:00:00Z.");
        return null;
    }

    private static DateOnly[] Days(ArgumentResult argument)
    {
        var days = new List<DateOnly>();
        foreach (string part in argument.Tokens.SelectMany(token => token.Value.Split(',')))
            if (DateOnly.TryParseExact(part, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                days.Add(day);
            else
                argument.AddError($"\"{part}\" is not a day such as 2026-03-01.");
        return [.. days];
    }

    private static void AtLeastOne(OptionResult result)
    {
        if (result.GetValueOrDefault<int>() is < 1 or > 3650)
            result.AddError("--horizon-days must lie between 1 and 3650.");
    }
}

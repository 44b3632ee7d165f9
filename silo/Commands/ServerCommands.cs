using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using Personalization.Demo;
using Personalization.Hosting;
using Personalization.Import;
using Personalization.Journal;
using Personalization.Storage.Files;

namespace Personalization.Commands;

/// <summary>The server's command line: <c>serve</c> (also without a verb), <c>demo</c>, <c>import</c>.</summary>
public static class ServerCommands
{
    /// <summary>Longer than any orderly stop: the command line must not cut it off.</summary>
    static readonly TimeSpan MaxShutdown = TimeSpan.FromMinutes(10);

    /// <summary>Stopped before it was up, the exit code of shells for it.</summary>
    const int Interrupted = 130;

    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var invocation = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = MaxShutdown,
            };
            var parsed = Root().Parse(args);
            if (parsed.Errors is [var mistake, ..])
                throw new ArgumentException(mistake.Message);
            return await parsed.InvokeAsync(invocation);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception wrong)
        {
            var where = wrong is SocketException ? "--urls: " : "";
            await Console.Error.WriteLineAsync(where + (IsExplained(wrong) ? wrong.Message : wrong.ToString()));
            return 1;
        }
    }

    /// <summary>Whether the message says what to do; any other exception is a fault of the program.</summary>
    static bool IsExplained(Exception wrong) =>
        wrong
            is StoreUnavailableException
                or ArgumentException
                or ImportException
                or FormatException
                or IOException
                or SocketException
                or UnauthorizedAccessException;

    static RootCommand Root()
    {
        var root = new RootCommand(
            "A personalization server: every customer remembered, recommended to, and spoken to in person."
        );
        root.Subcommands.Add(Serving(new Command("serve", "Serves the shop in the data directory.")));
        root.Subcommands.Add(Demo());
        root.Subcommands.Add(ImportCommand.Create(ImportAsync));
        return Serving(root);
    }

    static T Serving<T>(T command)
        where T : Command
    {
        foreach (var option in Options())
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => ServeAsync(parsed, cancel));
        return command;
    }

    static Option[] Options() =>
        [
            new Option<string>("--data")
            {
                Description = "Directory of everything the embedded edition writes. The default is ./data.",
            },
            new Option<string>("--urls") { Description = $"Where to listen. The default is {ServerOptions.DefaultUrls}." },
            new Option<string>("--database") { Description = "A PostgreSQL connection string instead of the embedded database." },
            new Option<DateTimeOffset?>("--as-of")
            {
                Description = "Live at this time: history as of its own days, in a scratch copy; nothing is delivered.",
                CustomParser = Time,
            },
        ];

    static ServerOptions Read(ParseResult parsed, string data) =>
        new()
        {
            Data = parsed.GetValue<string>("--data") ?? data,
            Urls = parsed.GetValue<string>("--urls"),
            Database = parsed.GetValue<string>("--database"),
            AsOf = parsed.GetValue<DateTimeOffset?>("--as-of"),
        };

    static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancel)
    {
        await using var app = await Server.OpenAsync(Read(parsed, "data"), cancel);
        await Server.StartAsync(app, cancel);
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    static Command Demo()
    {
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same shop.", DefaultValueFactory = _ => 1 };
        var customers = new Option<int>("--customers")
        {
            Description = "How many customers the shop has.",
            DefaultValueFactory = _ => 2000,
        };
        var command = new Command(
            "demo",
            "Makes a simulated shop with half a year of history, serves it, and keeps traffic going."
        )
        {
            seed,
            customers,
        };
        foreach (var option in Options())
            command.Options.Add(option);
        command.SetAction(
            (parsed, cancel) =>
                DemoShop.RunAsync(
                    Read(parsed, Path.Combine("data", "demo")),
                    parsed.GetValue(seed),
                    parsed.GetValue(customers),
                    cancel
                )
        );
        return command;
    }

    static async Task<int> ImportAsync(ImportRequest request, CancellationToken cancel)
    {
        var options = new ServerOptions { Data = request.Data, Database = request.Database };
        var settings = Server.Settings(options);
        options = options with { Database = options.DatabaseIn(settings) };
        await using var open = await OpenShop.OpenAsync(options, settings, cancel);
        var importer = new Importer(
            JournalImport.Alone(open.Store, open.Catalogue, open.Shop, open.Clock),
            Console.Out,
            !Console.IsOutputRedirected,
            open.Clock
        );
        await importer.RunAsync(request, new ImportedCalls(open.Clock).Read, cancel);
        return 0;
    }

    static DateTimeOffset? Time(ArgumentResult argument)
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
}

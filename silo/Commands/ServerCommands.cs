using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Personalization.Demo;
using Personalization.Hosting;
using Personalization.Import;
using Personalization.Imports;
using Personalization.Journal;
using Personalization.Storage.Files;

namespace Personalization.Commands;

/// <summary>The server's command line: <c>serve</c> (also without a verb), <c>demo</c>, <c>import</c>.</summary>
public static class ServerCommands
{
    /// <summary>Longer than any orderly stop: the command line must not cut it off.</summary>
    static readonly TimeSpan MaxShutdown = TimeSpan.FromHours(2);

    /// <summary>Stopped before it was up, the exit code of shells for it.</summary>
    const int Interrupted = 130;

    const string DemoData = "data/demo";

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
                throw new ArgumentException(Explained(parsed, mistake));
            return await parsed.InvokeAsync(invocation);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception wrong)
        {
            var where = wrong is SocketException ? "--urls: " : "";
            await Console.Error.WriteLineAsync(
                wrong is InvalidDataException { InnerException.InnerException: JsonException broken }
                    ? $"{wrong.Message} It is no JSON from line {broken.LineNumber + 1} on."
                    : where + (IsExplained(wrong) ? wrong.Message : wrong.ToString())
            );
            return 1;
        }
    }

    static string Explained(ParseResult parsed, ParseError mistake)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens is [var verb, ..] && !verb.StartsWith('-'))
            return $"\"{verb}\" is not a verb; there are {VerbsOf(command)}. See --help.";
        var missing = command.Arguments.Where(one => parsed.GetResult(one) is not { Tokens.Count: > 0 });
        return missing.FirstOrDefault() is { } argument
            ? $"{command.Name}: the {argument.Name} is missing. See {command.Name} --help."
            : mistake.Message;
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
        foreach (var option in Options("data"))
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => ServeAsync(parsed, cancel));
        return command;
    }

    static Option[] Options(string data) =>
        [
            new Option<string>("--data")
            {
                Description = $"Directory of everything the embedded edition writes. The default is ./{data}.",
            },
            new Option<string>("--urls") { Description = $"Where to listen. The default is {ServerOptions.DefaultUrls}." },
            ImportCommand.Database(),
            new Option<DateTimeOffset?>("--as-of")
            {
                Description = "Live at this time: history as of its own days, in a scratch copy; nothing is delivered.",
                CustomParser = Time,
            },
        ];

    static string VerbsOf(Command command) => string.Join(", ", command.Subcommands.Select(verb => verb.Name));

    static ServerOptions Read(ParseResult parsed, string data)
    {
        var options = new ServerOptions
        {
            Data = NoFile(parsed.GetValue<string>("--data") ?? data),
            Urls = parsed.GetValue<string>("--urls"),
            Database = parsed.GetValue<string>("--database"),
            AsOf = parsed.GetValue<DateTimeOffset?>("--as-of"),
        };
        var settings = Server.Settings(options);
        // Endpoints of Kestrel's own section come instead of these addresses.
        if (settings.GetSection("Kestrel:Endpoints").Exists())
            return options;
        foreach (var url in options.UrlsIn(settings).Split(';', StringSplitOptions.RemoveEmptyEntries))
            CheckIsFree(BindingAddress.Parse(url));
        return options;
    }

    static string NoFile(string data) =>
        File.Exists(data) ? throw new ArgumentException($"--data: {data} is a file; name a directory.") : data;

    /// <summary>Tries an address out: a host that fails to listen tells it amid the traces of all that it had started.</summary>
    static void CheckIsFree(BindingAddress url)
    {
        if (url.IsUnixPipe || url.IsNamedPipe || url.Port == 0)
            return;
        var address =
            url.Host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(url.Host, out var own) ? own
            : IPAddress.Any;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, url.Port));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ArgumentException(
                $"Port {url.Port} is taken by another process; stop it or choose another address with --urls."
            );
        }
        catch (SocketException foreign) when (foreign.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new ArgumentException($"{url.Host} is not an address of this machine; choose another with --urls.");
        }
    }

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
        foreach (var option in Options(DemoData))
            command.Options.Add(option);
        command.SetAction(
            (parsed, cancel) =>
                DemoShop.RunAsync(Read(parsed, DemoData), parsed.GetValue(seed), parsed.GetValue(customers), cancel)
        );
        return command;
    }

    static async Task<int> ImportAsync(ImportRequest request, CancellationToken cancel)
    {
        // Before anything is made in the directory.
        foreach (var file in request.Files)
            Importer.Size(file);
        var options = new ServerOptions { Data = NoFile(request.Data), Database = request.Database };
        var settings = Server.Settings(options);
        options = options with { Database = options.DatabaseIn(settings) };
        if (options.Database is null && ServingAt.In(request.Data) is { } at)
        {
            using var served = new ServedImport(at, Console.Out, !Console.IsOutputRedirected, TimeProvider.System);
            if (await served.IsThereAsync(cancel))
                return await served.RunAsync(request.Options, request.Files, cancel);
        }
        await using var open = await OpenShop.OpenAsync(options, settings, cancel);
        var importer = new Importer(
            JournalImport.Alone(open.Store, open.Catalogue, open.Shop, open.Clock),
            Console.Out,
            !Console.IsOutputRedirected,
            open.Clock
        );
        request = request with { Platforms = open.Settings.Platforms };
        var summary = await importer.RunAsync(request, new ImportedCalls(open.Clock).Read, cancel);
        return summary.HasFailed ? 1 : 0;
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

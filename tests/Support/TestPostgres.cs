using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Npgsql;

namespace Personalization.Support;

/// <summary>
/// A PostgreSQL server of the tests' own: made from the installed programs in a temporary directory, on loopback, with
/// the durability of a real one. Started at first use, stopped when the tests end.
/// </summary>
public static class TestPostgres
{
    static readonly Lazy<PostgresServer> Server = new(PostgresServer.Start);
    static int databases;

    /// <summary>Null where the programs are not installed; a test that needs them is skipped there.</summary>
    public static string? Programs { get; } = FindPrograms();

    /// <summary>The connection string of a new, empty database.</summary>
    public static async Task<string> NewDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref databases)}";
        await RunAsync(Server.Value.Address + ";Database=postgres", $"CREATE DATABASE {name}");
        return $"{Server.Value.Address};Database={name}";
    }

    /// <summary>Removes it, and ends its connections.</summary>
    public static async Task DropDatabaseAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await RunAsync(Server.Value.Address + ";Database=postgres", $"DROP DATABASE {name} WITH (FORCE)");
    }

    /// <summary>Runs SQL beside the store, on a connection of its own.</summary>
    public static async Task RunAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    static string? FindPrograms()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Concat(
                Directory.Exists("/usr/lib/postgresql")
                    ? Directory.GetDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version, "bin"))
                    : []
            )
            .Append("/usr/local/bin");
        return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "postgres")) && File.Exists(Path.Combine(f, "initdb")));
    }
}

/// <summary>One server, in a directory of its own.</summary>
public sealed class PostgresServer : IDisposable
{
    const int StopSignal = 19,
        ContinueSignal = 18;

    readonly Process _process;
    readonly string _directory;

    PostgresServer(Process process, string directory, string address) =>
        (_process, _directory, Address) = (process, directory, address);

    /// <summary>A connection string without a database.</summary>
    public string Address { get; }

    /// <summary>It answers nothing any more, as on a machine that stands still; connections stay open.</summary>
    public void Freeze() => SignalAll(StopSignal);

    public void Thaw() => SignalAll(ContinueSignal);

    void SignalAll(int signal)
    {
        // The parent first: it makes no new ones then.
        Kill(_process.Id, signal);
        foreach (var folder in Directory.GetDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var process) && ParentOf(folder) == _process.Id)
                Kill(process, signal);
    }

    static int ParentOf(string folder)
    {
        try
        {
            // The name may hold anything, a parenthesis too: state and parent come after the last one.
            var state = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(state[(state.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0; // It has ended.
        }
    }

    public void Dispose()
    {
        Thaw();
        Stop(_process, _directory);
    }

    /// <summary>Makes one and waits until it takes connections.</summary>
    public static PostgresServer Start()
    {
        var directory = Directory.CreateTempSubdirectory("personalization-postgres-").FullName;
        var user = Environment.IsPrivilegedProcess ? UserForServer(directory) : null;
        var data = Path.Combine(directory, "data");
        using (
            var initdb = Run(user, "initdb", "-D", data, "-U", "test", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync")
        )
        {
            initdb.OutputDataReceived += (_, _) => { };
            initdb.BeginOutputReadLine();
            var errors = initdb.StandardError.ReadToEnd();
            initdb.WaitForExit();
            if (initdb.ExitCode != 0)
                throw new InvalidOperationException($"initdb failed: {errors}");
        }
        var port = FreePorts.Next();
        var server = Run(
            user,
            "postgres",
            "-D",
            data,
            "-p",
            $"{port}",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories="
        );
        // Also where a test did not come so far as to end it.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(server, directory);
        WaitUntilReady(server);
        return new(server, directory, $"Host=127.0.0.1;Port={port};Username=test");
    }

    /// <summary>PostgreSQL refuses to run as root: the directory is given to a user that may do nothing else.</summary>
    static string UserForServer(string directory)
    {
        var user = File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? "postgres"
            : "nobody";
        using var chown = Process.Start("chown", [user, directory]);
        chown.WaitForExit();
        return user;
    }

    static Process Run(string? user, string program, params string[] arguments)
    {
        var path = Path.Combine(TestPostgres.Programs!, program);
        var start = user is null
            ? new ProcessStartInfo(path, arguments)
            : new ProcessStartInfo(
                "setpriv",
                [$"--reuid={user}", $"--regid={GroupOf(user)}", "--clear-groups", path, .. arguments]
            );
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        start.WorkingDirectory = "/";
        return Process.Start(start)!;
    }

    static string GroupOf(string user) =>
        File.ReadLines("/etc/passwd").First(line => line.StartsWith(user + ":", StringComparison.Ordinal)).Split(':')[3];

    static void WaitUntilReady(Process server)
    {
        var said = new StringBuilder();
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, line) =>
        {
            if (!ready.Task.IsCompleted)
                said.AppendLine(line.Data);
            if (line.Data is null)
                ready.TrySetResult(false);
            else if (line.Data.Contains("ready to accept connections"))
                ready.TrySetResult(true);
        };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        if (!ready.Task.GetAwaiter().GetResult())
            throw new InvalidOperationException($"PostgreSQL did not start: {said}");
    }

    static void Stop(Process server, string directory)
    {
        const int Quit = 3; // An immediate shutdown: nothing here is to be kept.
        if (!server.HasExited && Kill(server.Id, Quit) == 0)
            server.WaitForExit(10_000);
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);
}

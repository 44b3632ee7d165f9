using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Personalization.Support;

/// <summary>
/// A small SMTP server on loopback (RFC 5321: EHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT; RFC 3207: STARTTLS; RFC 4954: AUTH
/// PLAIN). It keeps what it takes and can be told to refuse a command, to hang up on one, or to fall silent.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    /// <summary>Instead of an answer: the connection is closed, or nothing is answered any more.</summary>
    public const string HangUp = "",
        Silence = "...";

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Lock _gate = new();
    readonly HashSet<TcpClient> _open = [];
    readonly Dictionary<string, string> _once = [];
    readonly List<Task> _talks = [];
    readonly Task _serving;

    public SmtpSink()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>With its private key: STARTTLS is offered, or <see cref="Implicit"/> TLS spoken. Null: in the clear.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>TLS from the first byte.</summary>
    public bool Implicit { get; init; }

    /// <summary>A client that does not log in with these gets 530.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>What EHLO answers besides, for instance PIPELINING.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>
    /// Commands (EHLO, MAIL, RCPT, DATA, or "." for the end of the data; "" for the greeting) and the answer to give instead of
    /// the usual one.
    /// </summary>
    public Dictionary<string, string> Answers { get; } = [];

    /// <summary>Between a command and its answer, as of a server that is far away.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Messages taken, dots unstuffed, with the envelope.</summary>
    public List<(string From, string To, string Data)> Taken { get; } = [];

    /// <summary>Every command, as it was given.</summary>
    public List<string> Heard { get; } = [];

    /// <summary>How often it was connected to.</summary>
    public int Connections { get; private set; }

    /// <summary>Done when a client has ended with QUIT.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for a command, at most 30 seconds.</summary>
    public async Task HasHeardAsync(string command)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            lock (_gate)
                if (Heard.Contains(command))
                    return;
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Gives the next such command this answer, once.</summary>
    public void AnswerOnce(string command, string answer)
    {
        lock (_gate)
            _once[command] = answer;
    }

    /// <summary>Closes every open connection without an answer, as a restarting server does.</summary>
    public void HangUpAll()
    {
        lock (_gate)
            foreach (var client in _open)
                client.Client.Close();
    }

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                lock (_gate)
                {
                    _open.Add(client);
                    Connections++;
                    _talks.Add(TalkAsync(client));
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or SocketException) { }
    }

    async Task TalkAsync(TcpClient client)
    {
        await Task.Yield();
        try
        {
            Stream stream = client.GetStream();
            if (Implicit)
                stream = await EncryptAsync(stream);
            if (await TalkAsync(stream, greet: true) is Ended.StartingTls)
                await TalkAsync(await EncryptAsync(stream), greet: false);
        }
        // The other side closed the connection, or refused the certificate.
        catch (Exception gone)
            when (gone
                    is OperationCanceledException
                        or IOException
                        or SocketException
                        or ObjectDisposedException
                        or AuthenticationException
            ) { }
        finally
        {
            lock (_gate)
                _open.Remove(client);
            client.Dispose();
        }
    }

    async Task<Stream> EncryptAsync(Stream stream)
    {
        var ssl = new SslStream(stream);
        await ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stop.Token);
        return ssl;
    }

    enum Ended
    {
        ForGood,
        StartingTls,
    }

    async Task<Ended> TalkAsync(Stream stream, bool greet)
    {
        // Not disposed: what they read from goes on where TLS starts, and is closed with the connection.
        var reader = new StreamReader(stream, Encoding.Latin1);
        var writer = new StreamWriter(stream, new ASCIIEncoding()) { NewLine = "\r\n", AutoFlush = true };
        var (from, to, known) = ("", "", Login is null);
        if (greet && !await SayAsync(writer, AnswerTo("") ?? "220 sink ready"))
            return Ended.ForGood;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            lock (_gate)
                Heard.Add(line);
            var command = line.Split(' ', ':')[0].ToUpperInvariant();
            var answer = AnswerTo(command)
                ?? command switch
                {
                    "EHLO" => Greeting(stream is SslStream),
                    "STARTTLS" => "220 go on",
                    "AUTH" => (known = Knows(line)) ? "235 2.7.0 welcome" : $"535 5.7.8 not with {line}",
                    "MAIL" when !known => "530 5.7.0 authenticate first",
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
            if (command == "MAIL")
                from = line;
            if (command == "RCPT")
                to = line;
            if (!await SayAsync(writer, answer))
                return Ended.ForGood;
            if (command == "STARTTLS" && answer[0] == '2')
                return Ended.StartingTls;
            if (command == "QUIT")
            {
                Left.TrySetResult();
                return Ended.ForGood;
            }
            if (command != "DATA" || answer[0] != '3')
                continue;
            var data = await DataAsync(reader);
            var end = AnswerTo(".");
            if (end is null)
                lock (_gate)
                    Taken.Add((from, to, data));
            if (!await SayAsync(writer, end ?? "250 ok"))
                return Ended.ForGood;
        }
        return Ended.ForGood;
    }

    string? AnswerTo(string command)
    {
        lock (_gate)
            return _once.Remove(command, out var answer) ? answer : Answers.GetValueOrDefault(command);
    }

    async Task<bool> SayAsync(StreamWriter writer, string answer)
    {
        if (answer == HangUp)
            return false;
        if (answer == Silence)
            await Task.Delay(Timeout.Infinite, _stop.Token);
        if (Latency > TimeSpan.Zero)
            await Task.Delay(Latency, _stop.Token);
        await writer.WriteLineAsync(answer);
        return true;
    }

    string Greeting(bool encrypted)
    {
        IEnumerable<string> offers = ["sink", .. Extensions];
        if (Certificate is not null && !encrypted)
            offers = offers.Append("STARTTLS");
        if (Login is not null)
            offers = offers.Append("AUTH PLAIN");
        return string.Concat(offers.Select(offer => $"250-{offer}\r\n")) + "250 HELP";
    }

    bool Knows(string line) =>
        Login is var (user, password)
        && line == "AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));

    async Task<string> DataAsync(StreamReader reader)
    {
        var data = new StringBuilder();
        while (true)
        {
            // Data that breaks off was never given away.
            var line = await reader.ReadLineAsync(_stop.Token) ?? throw new IOException("The client went away.");
            if (line == ".")
                return data.ToString();
            data.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        await Task.WhenAll(_talks);
        _stop.Dispose();
    }
}

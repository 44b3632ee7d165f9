using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Personalization.Tests.Outreach;

/// <summary>
/// A small SMTP server on loopback (RFC 5321: EHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT), one connection at a time. It keeps
/// what it takes and can be told to refuse a command, or to hang up on one.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Task serving;

    public SmtpSink()
    {
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>
    /// Commands (MAIL, RCPT, DATA, or "." for the end of the data) and the answer to give instead of the usual one; "" hangs
    /// up.
    /// </summary>
    public Dictionary<string, string> Answers { get; } = [];

    /// <summary>Messages taken, dots unstuffed, with the envelope.</summary>
    public List<(string From, string To, string Data)> Taken { get; } = [];

    async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await TalkAsync(client.GetStream());
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException or SocketException) { }
        }
    }

    async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await using var writer = new StreamWriter(stream, new ASCIIEncoding()) { NewLine = "\r\n", AutoFlush = true };
        var (from, to) = ("", "");
        await writer.WriteLineAsync("220 sink ready");
        while (await reader.ReadLineAsync(stop.Token) is { } line)
        {
            var command = line.Split(' ', ':')[0].ToUpperInvariant();
            if (Answers.TryGetValue(command, out var answer))
            {
                if (answer.Length == 0) return;
                await writer.WriteLineAsync(answer);
                continue;
            }
            switch (command)
            {
                case "MAIL": from = line; break;
                case "RCPT": to = line; break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    var data = await DataAsync(reader);
                    if (Answers.TryGetValue(".", out var refusal))
                    {
                        if (refusal.Length == 0) return;
                        await writer.WriteLineAsync(refusal);
                        continue;
                    }
                    Taken.Add((from, to, data));
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
            }
            await writer.WriteLineAsync("250 ok");
        }
    }

    async Task<string> DataAsync(StreamReader reader)
    {
        var data = new StringBuilder();
        while (await reader.ReadLineAsync(stop.Token) is { } line && line != ".")
            data.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        return data.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        stop.Dispose();
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Personalization.Benchmarks;

/// <summary>
/// A load client as cheap as can be, because it shares the processors with what it measures: plain sockets kept alive,
/// requests made beforehand, two system calls a request. Each connection has one request under way.
/// </summary>
static class Loopback
{
    /// <summary>Sends the requests, over so many connections, and waits for all answers.</summary>
    /// <returns>Requests per second.</returns>
    /// <exception cref="InvalidOperationException">An answer was not a 200.</exception>
    public static async Task<double> RunAsync(int port, ReadOnlyMemory<byte[]> requests, int connections, int threads = 2)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        var work = new Task[threads];
        for (var t = 0; t < threads; t++)
            work[t] = Task.Factory.StartNew(
                () => Drive(port, requests, connections / threads, ref next),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        await Task.WhenAll(work);
        return requests.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Sends the requests at a steady pace, whether or not earlier ones have been answered, and returns how long each took
    /// in milliseconds, sorted. One that waited for a connection counts from when it was due.</summary>
    public static async Task<double[]> PacedAsync(
        int port,
        ReadOnlyMemory<byte[]> requests,
        double perSecond,
        int connections = 32
    )
    {
        var times = new double[requests.Length];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, connections)
                .Select(_ =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            using var socket = Connect(port);
                            var buffer = new byte[65_536];
                            while (Interlocked.Increment(ref next) is var number && number < requests.Length)
                            {
                                var due = started + (long)(number / perSecond * Stopwatch.Frequency);
                                var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                                if (early > TimeSpan.Zero)
                                {
                                    Thread.Sleep(early);
                                    due = Stopwatch.GetTimestamp(); // that the sleep was too long is not the server's doing
                                }
                                socket.Send(requests.Span[number]);
                                Receive(socket, buffer);
                                times[number] = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
                            }
                        },
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );
        Array.Sort(times);
        return times;
    }

    static void Drive(int port, ReadOnlyMemory<byte[]> requests, int connections, ref int next)
    {
        var sockets = new Socket?[connections];
        var buffer = new byte[65_536];
        for (var i = 0; i < connections; i++)
        {
            sockets[i] = Connect(port);
            if (!TrySend(sockets[i]!, requests.Span, ref next))
                Close(ref sockets[i]);
        }
        for (var open = true; open; )
        {
            open = false;
            for (var i = 0; i < connections; i++)
            {
                if (sockets[i] is not { } socket)
                    continue;
                Receive(socket, buffer);
                if (TrySend(socket, requests.Span, ref next))
                    open = true;
                else
                    Close(ref sockets[i]);
            }
        }
    }

    public static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 30_000,
        };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    static bool TrySend(Socket socket, ReadOnlySpan<byte[]> requests, ref int next)
    {
        var number = Interlocked.Increment(ref next);
        if (number >= requests.Length)
            return false;
        socket.Send(requests[number]);
        return true;
    }

    static void Close(ref Socket? socket)
    {
        socket?.Dispose();
        socket = null;
    }

    /// <summary>Reads one answer to its end and returns its length in the buffer.</summary>
    public static int Receive(Socket socket, byte[] buffer)
    {
        var length = 0;
        do
        {
            var read = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (read == 0)
                throw new InvalidOperationException("The server closed the connection.");
            length += read;
        } while (!IsWhole(buffer.AsSpan(0, length)));
        if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
            throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, Math.Min(length, 500)));
        return length;
    }

    static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var header = answer[..(end + 2)];
        var at = header.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
            return answer.EndsWith("0\r\n\r\n"u8);
        var rest = header[(at + 18)..];
        return int.TryParse(rest[..rest.IndexOf((byte)'\r')], out var size) && answer.Length - end - 4 >= size;
    }

    public static byte[] Post(string path, string key, ReadOnlySpan<byte> body)
    {
        var head = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"
        );
        return [.. head, .. body];
    }

    public static byte[] Get(string path, string key) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
}

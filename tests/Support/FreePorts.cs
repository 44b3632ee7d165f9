using System.Net;
using System.Net.Sockets;

namespace Personalization.Support;

/// <summary>
/// Ports on loopback for programs that cannot be given port 0. They lie below those that the system gives out for
/// port 0, so that no other process gets one between here and its use.
/// </summary>
public static class FreePorts
{
    const int First = 15_000,
        End = 32_000;

    static readonly HashSet<int> Given = [];

    public static int Next()
    {
        lock (Given)
            while (true)
            {
                var port = Random.Shared.Next(First, End);
                if (Given.Add(port) && IsFree(port))
                    return port;
            }
    }

    static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

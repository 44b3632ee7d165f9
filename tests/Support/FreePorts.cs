using System.Net;
using System.Net.Sockets;

namespace Personalization.Support;

/// <summary>Ports on loopback that nobody listens at now.</summary>
public static class FreePorts
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

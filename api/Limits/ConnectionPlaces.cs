using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Personalization.Limits;

/// <summary>
/// How many connections are open: in all, and of one client address. Those beyond are closed before a byte of them is read. A
/// proxy has as many as it likes: one that is named, and one that is known by its traffic.
/// </summary>
public sealed class ConnectionPlaces(LimitSettings settings, NamedProxies named, UnnamedProxies unnamed, LimitAlarm alarm)
{
    readonly ConcurrentDictionary<ClientAddress, int> _perAddress = new();
    int _all;

    /// <summary>Serves a connection where there is a place for it.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var client = ClientAddress.Of(remote);
        var own = _perAddress.AddOrUpdate(client, 1, static (_, count) => count + 1);
        try
        {
            // Without an address it is a Unix socket's.
            if (own <= settings.ConnectionsPerAddress || remote is null || named.Contains(remote) || unnamed.IsProxy(client))
                await ServeOneOfAllAsync(connection, next);
            else
                await RefuseAsync(connection, LimitKind.ConnectionsPerAddress);
        }
        finally
        {
            if (_perAddress.AddOrUpdate(client, 0, static (_, count) => count - 1) == 0)
                _perAddress.TryRemove(new(client, 0));
        }
    }

    /// <summary>Those that their own address has no place for take none from the others.</summary>
    async Task ServeOneOfAllAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _all) <= settings.Connections)
                await next(connection);
            else
                await RefuseAsync(connection, LimitKind.Connections);
        }
        finally
        {
            Interlocked.Decrement(ref _all);
        }
    }

    async Task RefuseAsync(ConnectionContext connection, LimitKind kind)
    {
        alarm.Raise(kind);
        await connection.Transport.Input.CompleteAsync();
        await connection.Transport.Output.CompleteAsync();
    }
}

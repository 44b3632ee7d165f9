using System.Net.Sockets;
using System.Text;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.BadDays;

/// <summary>An orderly stop takes as long as it is set to, and nobody can keep customers from being saved.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_stop_with_a_long_delay_and_an_upload_that_never_ends_saves_every_customer_and_ends_with_0()
    {
        const int customers = 30;
        using var directory = new TempDirectory();
        await using var server = await ChildServer.StartAsync(
            directory.Path,
            settings: new()
            {
                ["Server__ShutdownDelay"] = "00:00:03",
                ["Server__DrainTimeout"] = "00:00:01",
                ["Customers__SnapshotEvery"] = "1",
            }
        );
        for (var customer = 0; customer < customers; customer++)
            await server.PostAsync("/v1/track", $$"""{"userId":"u{{customer}}","event":"Page Viewed"}""");
        using var upload = await StalledUploadAsync(new Uri(server.Address));
        (await server.StopAsync().WaitAsync(TimeSpan.FromMinutes(1))).ShouldBe(0);
        server.Said.ShouldContain($"Stopped: {customers} customers saved their snapshots.");
    }

    /// <summary>A client that says more than it sends.</summary>
    static async Task<TcpClient> StalledUploadAsync(Uri server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var key = Convert.ToBase64String(Encoding.ASCII.GetBytes(TestServer.WriteKey + ":"));
        await client
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /v1/batch HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Basic {key}\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"batch\":["
                )
            );
        return client;
    }
}

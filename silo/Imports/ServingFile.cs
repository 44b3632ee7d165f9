using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Personalization.Keys;
using Personalization.Storage.Files;

namespace Personalization.Imports;

/// <summary>Where the shop of a data directory is served, and a key that lives as long as the process.</summary>
public sealed record ServingAt(string Url, string Key)
{
    /// <summary>Null where nobody says that the directory is served.</summary>
    public static ServingAt? In(string data)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathIn(data)), ImportJson.Default.ServingAt);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public static string PathIn(string data) => Path.Combine(data, "serving.json");
}

/// <summary>
/// Says in <c>serving.json</c> where the shop is served, for commands on this machine that find its directory taken. It is for
/// the user alone who runs the server, and goes when the server stops.
/// </summary>
public sealed class ServingFile(string data, IServer server, ApiKeys keys, IHostApplicationLifetime life) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        life.ApplicationStarted.Register(Write);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        File.Delete(ServingAt.PathIn(data));
        return Task.CompletedTask;
    }

    void Write()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        if (addresses.FirstOrDefault(one => one.StartsWith("http:", StringComparison.Ordinal)) is not { } address)
            return;
        var at = BindingAddress.Parse(address);
        var host = at.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : at.Host;
        using var file = PrivateFiles.Open(ServingAt.PathIn(data), FileMode.Create);
        JsonSerializer.Serialize(file, new ServingAt($"http://{host}:{at.Port}", keys.OfProcess), ImportJson.Default.ServingAt);
    }
}

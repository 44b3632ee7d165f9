using Microsoft.Extensions.Configuration;
using Personalization.Hosting;

namespace Personalization.Tests.Hosting;

/// <summary>Settings as the server reads them.</summary>
static class Bound
{
    public static ServerSettings Read(Dictionary<string, string?> settings) =>
        ServerSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), "http://localhost:5080");

    public static ServerSettings Read(params (string Key, string? Value)[] settings) =>
        Read(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
}

using Personalization.Support;
using Xunit;

namespace Personalization.Tests.Browser;

/// <summary>The demo as a newcomer starts it, but with few customers, and a browser to look at it.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    readonly TempDirectory _directory = new();
    ChildServer? _demo;

    public Chromium Chromium { get; } = new();

    public string Url => _demo!.Url.TrimEnd('/');

    /// <summary>Its API, by the demo's secret key.</summary>
    public HttpClient Api { get; } = new();

    public async Task InitializeAsync()
    {
        if (Chromium.Program is null)
            return;
        await Chromium.InitializeAsync();
        _demo = await ChildServer.StartAsync(_directory.Path, command: ["demo", "--customers", "200"]);
        Api.BaseAddress = new Uri(_demo.Url);
        Api.DefaultRequestHeaders.Authorization = new("Bearer", "demo-secret");
    }

    public async Task DisposeAsync()
    {
        Api.Dispose();
        await Chromium.DisposeAsync();
        if (_demo is not null)
            await _demo.DisposeAsync();
        _directory.Dispose();
    }
}

using Microsoft.Playwright;
using Xunit;

namespace Personalization.Tests.Browser;

/// <summary>A test in a real browser; skipped with a reason where there is none.</summary>
public sealed class NeedsChromiumFactAttribute : FactAttribute
{
    public NeedsChromiumFactAttribute() =>
        Skip = Chromium.Program is null ? "Chromium is absent (install the system's package chromium)." : null;
}

/// <summary>The system's Chromium without a window, shared by the tests of a class; it reaches no host but loopback.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public static readonly string? Program = new[]
    {
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    }.FirstOrDefault(File.Exists);

    IPlaywright? _playwright;
    IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Program is null)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Program,
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                ],
            }
        );
    }

    /// <summary>A visitor who was never here: no cookies, nothing cached.</summary>
    public Task<IBrowserContext> VisitorAsync(string language = "en-GB", int width = 1280) =>
        _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                Locale = language,
                ViewportSize = new ViewportSize { Width = width, Height = 900 },
            }
        );

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Personalization.Support;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>
/// One folder of real inputs beside the checkout (shared/field): what a client sent, exactly as it is sent. <c>{{130m}}</c>
/// stands for the time 130 minutes ago; nothing else is replaced.
/// </summary>
public sealed partial class FieldCase(string name, TimeProvider? time = null)
{
    readonly DateTimeOffset _now = (time ?? TimeProvider.System).GetUtcNow();

    /// <summary>The settings under which the messages of a case are due at once and lie in <c>pickup/</c>.</summary>
    public static Dictionary<string, string?> Letters =>
        new()
        {
            ["Outreach:QuietHours:From"] = "00:00",
            ["Outreach:QuietHours:Until"] = "00:00",
            ["Outreach:Dispatch:Interval"] = "00:00:01",
            ["Outreach:Playbooks:abandoned-cart:Holdout"] = "0",
        };

    /// <summary>The folder with the case's files.</summary>
    public string Folder { get; } = Find(name) ?? throw new DirectoryNotFoundException(Missing(name));

    /// <summary>A file's path, for commands that read it.</summary>
    public string File(string file) => Path.Combine(Folder, file);

    /// <summary>A file as the body of one request.</summary>
    public string Body(string file) => Replaced(System.IO.File.ReadAllText(File(file)));

    /// <summary>A file of calls, one a line, as one batch in their order.</summary>
    public string Calls(string file) =>
        $$"""{"batch":[{{string.Join(',', Body(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))}}]}""";

    /// <summary>Sends a file to an address, with the secret key.</summary>
    public Task<(int Status, JsonElement Body)> SendAsync(TestServer server, string path, string file) =>
        server.PostAsync(path, Body(file));

    /// <summary>Sends a file of calls as one batch, with the secret key.</summary>
    public Task<(int Status, JsonElement Body)> SendCallsAsync(TestServer server, string file = "calls.ndjson") =>
        server.PostAsync("/v1/batch", Calls(file));

    /// <summary>Waits for a message to an address in the server's <c>pickup/</c>; null where none came in time.</summary>
    public static async Task<string?> LetterToAsync(TestServer server, string address, int seconds = 10)
    {
        var pickup = Path.Combine(server.Data, "pickup");
        for (var tries = 0; tries < seconds * 10; tries++, await Task.Delay(100))
            if (Directory.Exists(pickup))
                foreach (var file in Directory.GetFiles(pickup, "*.eml"))
                    if (
                        System.IO.File.ReadAllText(file) is var letter
                        && letter.Contains($"To: {address}", StringComparison.Ordinal)
                    )
                        return letter;
        return null;
    }

    /// <summary>Why a test of these cases is skipped; null where they are there.</summary>
    internal static string? Reason(string[] names) =>
        names.FirstOrDefault(one => Find(one) is null) is { } one ? Missing(one) : null;

    string Replaced(string text) =>
        MinutesAgo()
            .Replace(text, match =>
                _now.AddMinutes(-int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
                    .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            );

    static string Missing(string name) => $"shared/field/{name} is not beside the checkout.";

    static string? Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "field", name) is var found && Directory.Exists(found))
                return found;
        return null;
    }

    [GeneratedRegex(@"\{\{(\d+)m\}\}")]
    private static partial Regex MinutesAgo();
}

/// <summary>A test of field cases, skipped with a reason where shared/field is absent.</summary>
public sealed class FieldFactAttribute : FactAttribute
{
    public FieldFactAttribute(params string[] cases) => Skip = FieldCase.Reason(cases);
}

/// <summary>The same for a theory.</summary>
public sealed class FieldTheoryAttribute : TheoryAttribute
{
    public FieldTheoryAttribute(params string[] cases) => Skip = FieldCase.Reason(cases);
}

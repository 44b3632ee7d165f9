using System.Text.RegularExpressions;
using Personalization.Support;

namespace Personalization.Tests.Outreach;

/// <summary>SentMessages in a server's pickup folder, and the addresses in them.</summary>
static partial class SentMessages
{
    /// <summary>Settings by which messages leave at once, at any hour.</summary>
    public static readonly Dictionary<string, string?> Eager = new()
    {
        ["Outreach:QuietHours:From"] = "00:00:00",
        ["Outreach:QuietHours:Until"] = "00:00:00",
        ["Outreach:Dispatch:Interval"] = "00:00:00.050",
        ["Outreach:Dispatch:RetryDelay"] = "00:00:01",
    };

    /// <summary>Waits until so many messages are there.</summary>
    public static async Task<IReadOnlyList<Mime>> OfAsync(TestServer server, int count)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            var files = Now(server);
            if (files.Length >= count)
                return [.. files.Select(file => Mime.Parse(File.ReadAllText(file)))];
            await Task.Delay(20);
        }
        throw new TimeoutException($"There are {Now(server).Length} messages after ten seconds, not {count}.");
    }

    /// <summary>All there are, oldest first.</summary>
    public static string[] Now(TestServer server)
    {
        var pickup = Path.Combine(server.Data, "pickup");
        return Directory.Exists(pickup) ? [.. Directory.GetFiles(pickup, "*.eml").OrderBy(File.GetLastWriteTimeUtc)] : [];
    }

    /// <summary>Everything a reader sees of a message.</summary>
    public static string Words(this Mime message) =>
        string.Join('\n', [message["To"], message["Subject"], .. message.Parts().Select(part => part.Content())]);

    /// <summary>The path of its confirmation: a message names the address that the settings give the shop.</summary>
    public static string Confirmation(this Mime message) => Confirm().Match(message.Words()).Value;

    public static string Unsubscribe(this Mime message) =>
        new Uri(Address().Match(message["List-Unsubscribe"]).Groups[1].Value).AbsolutePath;

    [GeneratedRegex("/c/[A-Za-z0-9_-]+")]
    private static partial Regex Confirm();

    [GeneratedRegex("<(http[^>]+)>")]
    private static partial Regex Address();
}

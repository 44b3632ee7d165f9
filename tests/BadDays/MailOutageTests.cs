using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.BadDays;

/// <summary>The mail server fails before a message has left, and the shop's server is killed meanwhile.</summary>
public sealed class MailOutageTests
{
    [Theory]
    [InlineData("", "554 5.3.2 no service for you")]
    [InlineData("", "what is this?")]
    [InlineData("RCPT", SmtpSink.HangUp)]
    public async Task Messages_wait_through_a_kill_and_leave_once_when_the_mail_server_is_well(string command, string answer)
    {
        using var directory = new TempDirectory();
        await using var sink = new SmtpSink { Answers = { [command] = answer } };
        var settings = new Dictionary<string, string>
        {
            ["Mail__Smtp__Host"] = "127.0.0.1",
            ["Mail__Smtp__Port"] = $"{sink.Port}",
            ["Mail__Smtp__Security"] = "None",
            // One at a time: when the log tells of the outage none is on its way.
            ["Mail__Smtp__Connections"] = "1",
            ["Outreach__Dispatch__RetryDelay"] = "00:00:02",
        };
        await using (var server = await ChildServer.StartAsync(directory.Path, settings: settings))
        {
            for (var user = 0; user < 5; user++)
                await server.LeaveCartAsync($"u{user}");
            await server.UntilAsync(() => server.Lines("No message can be sent now") == 1);
            server.Kill();
        }
        sink.Answers.Clear();
        await using var again = await ChildServer.StartAsync(directory.Path, settings: settings);
        await again.UntilAsync(() => sink.Taken.Count == 5);
        sink.Taken.Select(message => message.To).Distinct().Count().ShouldBe(5);
        again.Lines("is Failed").ShouldBe(0);
    }
}

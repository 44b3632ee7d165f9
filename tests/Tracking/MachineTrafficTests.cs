using Personalization.Tracking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Tracking;

public sealed class MachineTrafficTests
{
    [Theory]
    [InlineData("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", true)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36", true)]
    [InlineData("python-requests/2.32", true)]
    [InlineData("curl/8.5.0", true)]
    [InlineData("AhrefsBot", true)]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1", false)]
    [InlineData("Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", false)]
    [InlineData("Robotics shop app/1.0", false)]
    [InlineData("", false)]
    public void Programs_are_known_by_what_they_say_of_themselves(string userAgent, bool isMachine) =>
        MachineTraffic.IsMachine(userAgent).ShouldBe(isMachine);
}

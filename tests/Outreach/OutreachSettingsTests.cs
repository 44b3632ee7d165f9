using Microsoft.Extensions.Configuration;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R40: playbooks are changed without a deployment.</summary>
public class OutreachSettingsTests
{
    static OutreachPolicy Read(params (string Key, string Value)[] settings) =>
        OutreachSettings.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))
                .Build()
                .GetSection("Outreach")
        );

    [Fact]
    public void Without_settings_the_default_policy_holds()
    {
        var policy = Read();
        policy.Playbooks.ShouldBe(OutreachPolicy.Default.Playbooks);
        (policy with { Playbooks = OutreachPolicy.Default.Playbooks }).ShouldBe(OutreachPolicy.Default);
    }

    [Fact]
    public void A_setting_changes_what_it_names_and_nothing_else()
    {
        var policy = Read(
            ("Outreach:QuietHours:From", "20:30"),
            ("Outreach:OverallCap:Messages", "1"),
            ("Outreach:TimeZone", "Europe/Lisbon"),
            ("Outreach:Playbooks:abandoned-cart:Delay", "04:00:00"),
            ("Outreach:Playbooks:churn-warning:Enabled", "false"),
            ("Outreach:Playbooks:second-cart:Trigger", "CartLeft"),
            ("Outreach:Playbooks:second-cart:Topic", "reminders"),
            ("Outreach:Playbooks:second-cart:Delay", "1.00:00:00")
        );
        policy.QuietHours.ShouldBe(new(new(20, 30), new(8, 0)));
        policy.OverallCap.ShouldBe(new(1, TimeSpan.FromDays(30)));
        policy.TimeZone.ShouldBe("Europe/Lisbon");
        policy
            .Find("abandoned-cart")
            .ShouldBe(OutreachPolicy.Default.Find("abandoned-cart")! with { Delay = TimeSpan.FromHours(4) });
        policy.Find("churn-warning")!.Enabled.ShouldBeFalse();
        policy.Find("second-cart")!.Template.ShouldBe("second-cart");
    }

    [Fact]
    public void A_setting_that_makes_no_sense_is_named()
    {
        Should
            .Throw<InvalidOperationException>(() => Read(("Outreach:Playbooks:abandoned-cart:Delay", "soon")))
            .Message.ShouldContain("Outreach:Playbooks:abandoned-cart:Delay");
        Should
            .Throw<ArgumentException>(() => Read(("Outreach:Playbooks:birthday:Topic", "greetings")))
            .Message.ShouldContain("Outreach:Playbooks:birthday:Trigger");
    }
}

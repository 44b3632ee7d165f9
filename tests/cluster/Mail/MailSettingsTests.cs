using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Outreach;
using Personalization.Silo.Mail;
using Shouldly;
using Xunit;

namespace Personalization.ClusterTests.Mail;

public sealed class MailSettingsTests
{
    [Fact]
    public void Without_its_sections_the_other_transport_stays()
    {
        MailKitSettings.Read(Configuration([])).ShouldBeNull();
        var pickup = new PickupTransport("pickup");
        using var services = new ServiceCollection()
            .AddSingleton<IMailTransport>(pickup)
            .AddMailKit(Configuration([]))
            .BuildServiceProvider();
        services.GetRequiredService<IMailTransport>().ShouldBeSameAs(pickup);
    }

    [Fact]
    public async Task With_them_the_servers_own_transport_gives_way()
    {
        var services = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddMailKit(Configuration(new() { ["Host"] = "mail.test" }));
        services.TryAddSingleton<IMailTransport>(new PickupTransport("pickup"));
        await using var built = services.BuildServiceProvider();
        built.GetServices<IMailTransport>().ShouldHaveSingleItem().ShouldBeOfType<MailKitTransport>();
    }

    [Fact]
    public void Defaults_are_STARTTLS_at_587_and_465_where_TLS_is_implicit()
    {
        var settings = MailKitSettings.Read(Configuration(new() { ["Host"] = "mail.test" }))!;
        settings.ShouldBe(
            new MailKitSettings
            {
                Host = "mail.test",
                Port = 587,
                Security = MailSecurity.StartTls,
            }
        );
        MailKitSettings.Read(Configuration(new() { ["Host"] = "mail.test", ["Security"] = "implicit" }))!.Port.ShouldBe(465);
    }

    [Theory]
    [InlineData("Host", "", "Mail:Smtp:Host")]
    [InlineData("Port", "0", "Mail:Smtp:Port")]
    [InlineData("Security", "7", "Mail:Smtp:Security")]
    [InlineData("Timeout", "00:00:00", "Mail:Smtp:Timeout")]
    [InlineData("Connections", "0", "Mail:Smtp:Connections")]
    [InlineData("Idle", "00:00:00", "Mail:Smtp:Idle")]
    [InlineData("User", "shop", "Mail:Smtp:User")]
    [InlineData("Certificate", "no such file", "Mail:Smtp:Certificate")]
    [InlineData("StartTls", "false", "Mail:Smtp:StartTls")]
    public void A_setting_that_makes_no_sense_is_named(string setting, string value, string named) =>
        Should.Throw<ArgumentException>(() => MailKitSettings.Read(WithHost(setting, value))).Message.ShouldStartWith(named);

    [Theory]
    [InlineData("Port", "many")]
    [InlineData("Security", "Perhaps")]
    [InlineData("Idle", "soon")]
    public void A_value_of_the_wrong_kind_is_named(string setting, string value) =>
        Should
            .Throw<InvalidOperationException>(() => MailKitSettings.Read(WithHost(setting, value)))
            .Message.ShouldContain($"Mail:Smtp:{setting}");

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Mail:Smtp:Port"] = "70000",
                    ["Mail:Dkim:Domain"] = "shop",
                    ["Mail:Dkim:Selector"] = "a b",
                    ["Mail:Dkim:Key"] = "x",
                }
            )
            .Build();
        var lines = Should.Throw<ArgumentException>(() => MailKitSettings.Read(configuration)).Message.Split(Environment.NewLine);
        lines
            .Select(line => line.Split(' ')[0])
            .ShouldBe([
                "Mail:Dkim:Key",
                "Mail:Smtp:Host",
                "Mail:Smtp:Port",
                "Mail:Dkim:Domain",
                "Mail:Dkim:Selector",
                "Mail:Dkim:KeyFile",
            ]);
    }

    static IConfiguration WithHost(string setting, string value) =>
        Configuration(new() { ["Host"] = "mail.test", [setting] = value });

    static IConfiguration Configuration(Dictionary<string, string?> smtp) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(smtp.ToDictionary(pair => "Mail:Smtp:" + pair.Key, pair => pair.Value))
            .Build();
}

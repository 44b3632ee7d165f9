using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Mail;
using Personalization.Shop;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Cluster.Mail;

public sealed class MailSettingsTests
{
    [Fact]
    public void Without_its_sections_messages_go_into_the_pickup_folder()
    {
        MailKitSettings.Read(Configuration([])).ShouldBeNull();
        Transport([]).ShouldBeOfType<PickupTransport>();
    }

    [Fact]
    public void With_them_they_go_to_the_mail_server() =>
        Transport(new() { ["Mail:Smtp:Host"] = "mail.test" }).ShouldBeOfType<MailKitTransport>();

    static IMailTransport Transport(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(new ShopClock(TimeProvider.System));
        builder.AddDispatch("data");
        return builder.Services.BuildServiceProvider().GetRequiredService<IMailTransport>();
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

using Microsoft.Extensions.DependencyInjection;
using Personalization.Mail;
using Personalization.Shop;
using Personalization.Tests.Hosting;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Mail;

public sealed class MailSettingsTests
{
    const string Host = "Mail:Smtp:Host";

    [Fact]
    public void Without_a_mail_server_messages_go_into_the_pickup_folder() => Transport().ShouldBeOfType<PickupTransport>();

    [Fact]
    public void With_one_they_go_to_it() => Transport((Host, "mail.test")).ShouldBeOfType<MailKitTransport>();

    static IMailTransport Transport(params (string, string?)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new ShopClock(TimeProvider.System));
        services.AddDispatch(Bound.Read(settings), "data");
        return services.BuildServiceProvider().GetRequiredService<IMailTransport>();
    }

    [Fact]
    public void Defaults_are_STARTTLS_at_587_and_465_where_TLS_is_implicit()
    {
        var settings = Bound.Read((Host, "mail.test")).Mail.Smtp!;
        (settings.Security, settings.PortInUse).ShouldBe((MailSecurity.StartTls, 587));
        Bound.Read((Host, "mail.test"), ("Mail:Smtp:Security", "implicit")).Mail.Smtp!.PortInUse.ShouldBe(465);
    }

    [Theory]
    [InlineData("Port", "0")]
    [InlineData("Port", "many")]
    [InlineData("Security", "7")]
    [InlineData("Security", "Perhaps")]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("Connections", "0")]
    [InlineData("Idle", "00:00:00")]
    [InlineData("Idle", "soon")]
    [InlineData("User", "shop")]
    [InlineData("Certificate", "no such file")]
    [InlineData("StartTls", "false")]
    public void A_setting_that_makes_no_sense_is_named(string setting, string value) =>
        Should
            .Throw<ArgumentException>(() => Bound.Read((Host, "mail.test"), ($"Mail:Smtp:{setting}", value)))
            .Message.ShouldStartWith($"Mail:Smtp:{setting} ");

    [Theory]
    [InlineData("Domain", "shop")]
    [InlineData("Domain", "-shop.test")]
    [InlineData("Selector", "a b")]
    [InlineData("KeyFile", "no such file")]
    [InlineData("Key", "x")]
    public void So_is_one_of_the_signature(string setting, string value)
    {
        var settings = new Dictionary<string, string?>
        {
            [Host] = "mail.test",
            ["Mail:Dkim:Domain"] = "shop.test",
            ["Mail:Dkim:Selector"] = "mail2026",
            ["Mail:Dkim:KeyFile"] = "not read while another is wrong",
            [$"Mail:Dkim:{setting}"] = value,
        };
        Should.Throw<ArgumentException>(() => Bound.Read(settings)).Message.ShouldStartWith($"Mail:Dkim:{setting} ");
    }
}

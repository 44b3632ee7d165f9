using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Personalization.Commands;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Outreach;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

public sealed class SettingsTests
{
    public static TheoryData<string, string, string> Wrong =>
        new()
        {
            { "Outreach:Playbooks:abandoned-cart:Trigger", "Birthday", "CartLeft, ChurnWarning" },
            { "Outreach:Playbooks:abandoned-cart:Trigger", "1", "CartLeft, ChurnWarning" },
            { "Outreach:Playbooks:abandoned-cart:Dealy", "1", "known here: Delay, " },
            { "Outreach:Playbooks:abandoned-cart:Id", "x", "not a setting" },
            { "Outreach:Playbooks:abandoned-cart:Delay", "soon", "duration" },
            { "Outreach:Playbooks:abandoned-cart:Delay:Hours", "1", "one value" },
            { "Outreach:Playbooks:abandoned-cart:Expiry", "00:30:00", "longer than Delay" },
            { "Outreach:Playbooks:abandoned-cart:Channel", "sms", "must be email" },
            { "Outreach:Playbooks:abandoned-cart:Holdout", "2", "between 0 and 1" },
            { "Outreach:Playbooks:abandoned-cart:Enabled", "perhaps", "true or false" },
            { "Outreach:Playbooks:birthday:Topic", "greetings", "Outreach:Playbooks:birthday:Trigger" },
            { "Outreach:Nonsense", "1", "Pause" },
            { "Outreach:Dispatch:Interval", "00:00:00", "between" },
            { "Customers:IdleTimeout", "1", "a duration such as 00:05:00" },
            { "Outreach:Dispatch:Batch", "0", "between 1" },
            { "Outreach:Dispatch:GiveUpAfter", "many", "duration" },
            { "Outreach:OverallCap:Messages", "33", "between 0 and 32" },
            { "Outreach:OverallCap:Within", "00:00:00", "between" },
            { "Outreach:QuietHours", "22:00", "no value of its own" },
            { "Outreach:QuietHours:From", "25:00", "time of day" },
            { "Outreach:TimeZone", "Mars/Olympus", "IANA" },
            { "Shop:Currency", "XXX", "ISO 4217" },
            { "Shop:Rates:FOO", "1", "ISO 4217" },
            { "Shop:Rates:USD", "-1", "above 0" },
            { "Shop:Rates:USD", "one", "a number" },
            { "Shop:Url", "ftp://shop.test", "http://" },
            { "Shop:PublicUrl", "shop.test", "http://" },
            { "Shop:Name", "a\r\nBcc: all@shop.test", "one line" },
            { "Mail:From", "nobody", "e-mail address" },
            { "Mail:Unsubscribe", "st?p@shop.test", "question mark" },
            { "Mail:Smtp:Port", "25", "Mail:Smtp:Host" },
            { "Mail:Smtp:Hots", "mail.test", "known here: Host, " },
            { "Recommendations:Rules:hom:Exploration", "0", "Home, Product" },
            { "Recommendations:Rules:home:Exploration", "NaN", "a third" },
            { "Recommendations:Rules:home:Bury", "price <", "Recommendations:Rules:home:Bury" },
            { "Recommendations:Rules:home:MaxPerBrand", "-1", "between 0" },
            { "Warnings:AlmostBuyers:Views", "0", "between 1" },
            { "Warnings:AlmostBuyer:Views", "9", "AlmostBuyers" },
            { "Tracking:Origins:0", "shop.test", "Tracking:Origins" },
            { "Customers:IdleTimeout", "00:00:01", "between 00:02:00" },
            { "Customers:SnapshotEvery", "0", "between 1" },
            { "Store:MasterKey", "x", "MasterKeyFile" },
            { "Cluster:Name", "x", "ClusterId" },
            { "Cluster:SiloPort", "70000", "65535" },
            { "Cluster:Address", "here", "IP address" },
            { "Cluster:ProbeTimeout", "00:00:00", "between" },
            { "Server:Drain", "00:00:10", "ShutdownDelay" },
            { "Server:ShutdownDelay", "01:00:00", "00:05:00" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_makes_no_sense_is_named_in_one_line_with_what_is_allowed(
        string setting,
        string value,
        string allowed
    )
    {
        var message = Should.Throw<ArgumentException>(() => Bound.Read((setting, value))).Message;
        message.ShouldNotContain(Environment.NewLine);
        message.ShouldStartWith(setting.Split(':')[0] + ":");
        message.ShouldContain(allowed);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once() =>
        Should
            .Throw<ArgumentException>(() =>
                Bound.Read(
                    ("Shop:Url", "x"),
                    ("Mail:From", "x"),
                    ("Outreach:Dispatch:Batch", "0"),
                    ("Outreach:Dispatch:GiveUpAfter", "00:00:00")
                )
            )
            .Message.Split(Environment.NewLine)
            .Select(line => line.Split(' ')[0])
            .ShouldBe(["Shop:Url", "Mail:From", "Outreach:Dispatch:Batch", "Outreach:Dispatch:GiveUpAfter"], ignoreOrder: true);

    [Fact]
    public void What_is_not_set_or_set_to_nothing_keeps_its_default()
    {
        var settings = Bound.Read(
            ("Shop:Name", ""),
            ("Customers:SnapshotEvery", ""),
            ("Mail:Smtp", ""),
            ("MAIL", "/var/mail/root")
        );
        settings.Shop.Name.ShouldBe("Our shop");
        settings.Customers.SnapshotEvery.ShouldBe(25);
        settings.Outreach.Playbooks.ShouldBe(OutreachPolicy.Default.Playbooks);
        settings.Mail.From.ShouldBe("shop@localhost");
    }

    [Fact]
    public void A_setting_changes_what_it_names_and_nothing_else()
    {
        var outreach = Bound
            .Read(
                ("Outreach:QuietHours:From", "20:30"),
                ("Outreach:OverallCap:Messages", "1"),
                ("Outreach:TimeZone", "Europe/Lisbon"),
                ("Outreach:Playbooks:abandoned-cart:Delay", "04:00:00"),
                ("Outreach:Playbooks:churn-warning:Enabled", "false"),
                ("Outreach:Playbooks:second-cart:Trigger", "cartleft"),
                ("Outreach:Playbooks:second-cart:Topic", "reminders"),
                ("Outreach:Playbooks:second-cart:Delay", "1.00:00:00")
            )
            .Outreach;
        outreach.QuietHours.ShouldBe(new(new(20, 30), new(8, 0)));
        outreach.OverallCap.ShouldBe(new(1, TimeSpan.FromDays(30)));
        outreach.TimeZone.ShouldBe("Europe/Lisbon");
        outreach.Playbooks.Select(playbook => playbook.Id).ShouldBe(["abandoned-cart", "churn-warning", "second-cart"]);
        outreach
            .Find("abandoned-cart")
            .ShouldBe(OutreachPolicy.Default.Find("abandoned-cart")! with { Delay = TimeSpan.FromHours(4) });
        outreach.Find("churn-warning")!.Enabled.ShouldBeFalse();
        outreach.Find("second-cart")!.Template.ShouldBe("second-cart");
        OutreachPolicy.Default.Find("abandoned-cart")!.Delay.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Lists_and_names_that_are_free_are_read()
    {
        var settings = Bound.Read(
            ("Shop:Currency", "chf"),
            ("Shop:Rates:USD", "0.88"),
            ("Tracking:Origins:0", "https://a.test"),
            ("Tracking:Origins:1", "https://b.test"),
            ("Recommendations:Rules:recently-viewed:Bury", "price > 100"),
            ("Recommendations:Rules:home:Pin:0", "p-1"),
            ("Warnings:AlmostBuyers:CartAge", "7200"),
            ("Cluster:SiloPort", "11112")
        );
        settings.Shop.Settings.ToBase(100, Currency.Parse("USD", null)).ShouldBe(88);
        settings.Tracking.Origins.ShouldBe(["https://a.test", "https://b.test"]);
        settings.Recommendations.Rules[Placement.RecentlyViewed].Bury!.Text.ShouldBe("price > 100");
        settings.Recommendations.Rules[Placement.Home].Pin.ShouldBe(["p-1"]);
        settings.Warnings.AlmostBuyers.CartAge.ShouldBe(7200);
        settings.Cluster.SiloPort.ShouldBe(11112);
    }

    [Fact]
    public void Playbooks_that_the_ledger_cannot_tell_apart_are_refused()
    {
        var message = Should
            .Throw<ArgumentException>(() =>
                Settings.Read(
                    new ConfigurationBuilder().Build(),
                    OutreachPolicy.Default with
                    {
                        Playbooks = [.. OutreachPolicy.Default.Playbooks, OutreachPolicy.Default.Playbooks[0]],
                    }
                )
            )
            .Message;
        message.ShouldContain("abandoned-cart and abandoned-cart");
    }

    [Fact]
    public async Task A_pinned_product_that_is_not_there_is_named()
    {
        using var directory = new TempDirectory();
        var options = new ServerOptions
        {
            Data = directory.Path,
            Settings = new Dictionary<string, string?> { ["Recommendations:Rules:home:Pin:0"] = "p-404" },
        };
        var error = await Should.ThrowAsync<ArgumentException>(() => Server.OpenAsync(options));
        error.Message.ShouldContain("Recommendations:Rules:Home:Pin");
        error.Message.ShouldContain("p-404");
    }

    [Theory]
    [InlineData("is not a time", "serve", "--as-of", "yesterday")]
    [InlineData("is not an address", "serve", "--urls", "nonsense")]
    [InlineData("is not an address", "serve", "--urls", "ftp://localhost")]
    [InlineData("--nonsense", "serve", "--nonsense")]
    [InlineData("do not go together", "demo", "--as-of", "2026-01-01")]
    [InlineData("must be at least 1", "demo", "--customers", "0")]
    [InlineData("\"sreve\" is not a verb; there are serve, demo, import. See --help.", "sreve")]
    [InlineData("import: the format is missing", "import")]
    [InlineData("import: the file is missing", "import", "taobao")]
    [InlineData("There is no file missing.csv.", "import", "taobao", "missing.csv")]
    [InlineData("/ is a directory; name its files.", "import", "taobao", "/")]
    [InlineData("192.0.2.1 is not an address of this machine", "serve", "--urls", "http://192.0.2.1:5080")]
    public async Task A_server_started_wrongly_ends_with_1_and_one_line_and_makes_nothing(string told, params string[] arguments)
    {
        using var directory = new TempDirectory();
        (await RunAsync([.. arguments, "--data", directory.Path])).ShouldContain(told);
        Directory.Exists(directory.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_setting_of_the_environment_that_makes_no_sense_ends_with_1_and_one_line()
    {
        using var directory = new TempDirectory();
        (await RunAsync(["--data", directory.Path], environment: "Outreach__Dealy")).ShouldContain("Outreach:Dealy");
        (await RunAsync(["--data", directory.Path], environment: "PERSONALIZATION_DATABASE")).ShouldContain(
            "PERSONALIZATION_DATABASE"
        );
    }

    [Fact]
    public async Task Without_a_certificate_https_ends_with_1_and_one_line()
    {
        using var directory = new TempDirectory();
        // In whose home no certificate of a developer is found.
        (await RunAsync(["--data", directory.Path, "--urls", "https://127.0.0.1:0"], environment: "HOME")).ShouldContain(
            "certificate"
        );
    }

    [Fact]
    public void A_settings_file_may_hold_secrets_its_schema_and_what_OpenTelemetry_reads()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(Directory.CreateDirectory(directory.Path).FullName, "appsettings.json");
        File.WriteAllText(
            file,
            """
            {
              "$schema": "appsettings.schema.json",
              "PERSONALIZATION_SIGNING_SECRET": "a-secret-of-at-least-thirty-two-characters",
              "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
              "Shop": { "Name": "Mill" }
            }
            """
        );
        var read = new ConfigurationBuilder().AddJsonFile(file).Build();
        ServerSettings.Read(read, ServerOptions.DefaultUrls).Shop.Name.ShouldBe("Mill");
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_named_with_the_line()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(Directory.CreateDirectory(directory.Path).FullName, "appsettings.json");
        File.WriteAllText(file, "{\n  \"Shop\": { \"Name\": x }\n}");
        var error = await RunAsync(["--data", Path.Combine(directory.Path, "data")], directory.Path);
        error.ShouldContain("appsettings.json");
        error.ShouldContain("line 2");
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("*")]
    public async Task A_port_that_is_taken_ends_with_1_and_one_line(string host)
    {
        using var directory = new TempDirectory();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        (await RunAsync(["--data", directory.Path, "--urls", $"http://{host}:{port}"])).ShouldBe(
            $"Port {port} is taken by another process; stop it or choose another address with --urls."
        );
    }

    /// <summary>Runs the built server, which ends with 1: the only line of its errors.</summary>
    static async Task<string> RunAsync(string[] arguments, string? folder = null, string? environment = null)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Personalization.Silo.dll"), .. arguments]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        if (environment is not null)
            start.Environment[environment] = "1";
        using var server = Process.Start(start)!;
        var output = server.StandardOutput.ReadToEndAsync();
        var error = await server.StandardError.ReadToEndAsync();
        await server.WaitForExitAsync();
        await output;
        server.ExitCode.ShouldBe(1);
        return error.TrimEnd().Split('\n').ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_that_cannot_be_there_ends_with_1(bool isFile)
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(Directory.CreateDirectory(directory.Path).FullName, "file");
        File.WriteAllText(file, "");
        (await ServerCommands.RunAsync(["serve", "--data", isFile ? file : Path.Combine(file, "data")])).ShouldBe(1);
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Keys;
using Personalization.Outreach;
using Personalization.Shop;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R48, complaint 35: one click unsubscribes, and opening a link never does.</summary>
public sealed class UnsubscribeTests : IAsyncLifetime
{
    const string Secret = "a secret of the server, 32 bytes long or more";
    static readonly UnsubscribeToken Tokens = new(Encoding.UTF8.GetBytes(Secret));
    static readonly UnsubscribeRequest Reminders = new(
        -7_000_000_000_000_000_007,
        new("6f1c7c52-7f0e-8a44-9a51-0d3c2f6b7e01"),
        "email",
        "reminders"
    )
    {
        Address = "AAECAwQFBgcICQoLDA0ODw",
    };

    readonly List<(string Address, AddressFact Fact)> _told = [];
    readonly List<(long Customer, ConsentChanged Change)> _asked = [];
    readonly HttpClient _client = new();
    WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(Tokens);
        builder.Services.AddSingleton(new ShopConfiguration { Name = "Rain & Shine", PublicUrl = "https://shop.test" });
        builder.Services.AddSingleton(new ShopClock(new TestClock(DateTimeOffset.UnixEpoch)));
        builder.Services.AddSingleton(
            Fake.Of<IGrainFactory>(
                (_, key) =>
                    key[0] is string address
                        ? Fake.Of<IAddressGrain>((_, fact) => Tell(address, (AddressFact)fact[0]!))
                        : Fake.Of<ICustomerGrain>(
                            (_, change) => Withdraw(((GrainId)key[0]!).GetIntegerKey(), (ConsentChanged)change[0]!)
                        )
            )
        );
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapUnsubscribe();
        await _app.StartAsync();
        _client.BaseAddress = new(
            _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()
        );
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    ValueTask<bool> Withdraw(long customer, ConsentChanged change)
    {
        _asked.Add((customer, change));
        return new(!_isErased);
    }

    ValueTask Tell(string address, AddressFact fact)
    {
        _asked.ShouldBeEmpty("the address comes first");
        _told.Add((address, fact));
        return default;
    }

    bool _isErased;

    [Fact]
    public async Task The_address_of_the_message_is_told_first_whatever_has_become_of_the_customer()
    {
        _isErased = true;
        (await _client.PostAsync(Address(Reminders), Form("List-Unsubscribe=One-Click"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        _told.ShouldBe([(Reminders.Address!, new AddressFact("email", "reminders", AddressWord.Denied, 0, "one-click"))]);
    }

    [Fact]
    public async Task A_page_says_nothing_that_is_not_so()
    {
        _isErased = true;
        var click = Form("List-Unsubscribe=One-Click");
        (await _client.PostAsync(Address(Reminders with { Address = null }), click)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public void A_token_of_an_older_message_is_read()
    {
        using var payload = new ByteWriter();
        payload.Byte(1);
        payload.Fixed64((ulong)Reminders.Customer);
        payload.Guid(Reminders.Message);
        payload.Text(Reminders.Channel);
        payload.Text(Reminders.Topic);
        var token = new SignedToken(Encoding.UTF8.GetBytes(Secret), "unsubscribe").Issue(payload.Written);
        Tokens.TryRead(token, out var read).ShouldBeTrue();
        read.ShouldBe(Reminders with { Address = null });
    }

    static (long, ConsentChanged) Withdrawn(UnsubscribeRequest request) =>
        (
            request.Customer,
            new()
            {
                Time = 0,
                Channel = request.Channel,
                Topic = request.Topic,
                Granted = false,
                Origin = "one-click",
            }
        );

    static string Address(UnsubscribeRequest request) => $"/u/{Tokens.Issue(request)}";

    static StringContent Form(string body) => new(body, Encoding.UTF8, "application/x-www-form-urlencoded");

    [Fact]
    public async Task Opening_the_address_shows_a_button_and_changes_nothing()
    {
        var answer = await _client.GetAsync(Address(Reminders));
        var page = await answer.Content.ReadAsStringAsync();
        page.ShouldContain("<form method=\"post\">");
        page.ShouldContain("<button name=\"scope\" value=\"topic\">No more reminders by email</button>");
        page.ShouldContain("Rain &amp; Shine");
        page.ShouldContain("<html lang=\"en\">");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await _client.SendAsync(new(HttpMethod.Head, Address(Reminders)))).IsSuccessStatusCode.ShouldBeFalse();
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mail_clients_one_click_unsubscribes()
    {
        (await _client.PostAsync(Address(Reminders), Form("List-Unsubscribe=One-Click"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        _asked.ShouldBe([Withdrawn(Reminders)]);
    }

    [Fact]
    public async Task A_mail_client_may_send_the_form_in_parts()
    {
        using var form = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        (await _client.PostAsync(Address(Reminders), form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        _asked.ShouldBe([Withdrawn(Reminders)]);
    }

    [Fact]
    public async Task The_pages_buttons_unsubscribe_from_the_topic_or_from_all()
    {
        await _client.PostAsync(Address(Reminders with { Address = null }), Form("scope=topic"));
        await _client.PostAsync(Address(Reminders with { Address = null }), Form("scope=all"));
        _asked.ShouldBe([Withdrawn(Reminders), Withdrawn(Reminders with { Topic = "*" })]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("scope=everything")]
    [InlineData("List-Unsubscribe=Two-Clicks")]
    public async Task A_post_that_does_not_say_so_changes_nothing(string body)
    {
        (await _client.PostAsync(Address(Reminders), Form(body))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_that_was_tampered_with_is_refused()
    {
        var token = Tokens.Issue(Reminders);
        foreach (var i in new[] { 0, 5, 20, token.Length - 1 })
        {
            var forged = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            (await _client.GetAsync($"/u/{forged}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await _client.PostAsync($"/u/{forged}", Form("List-Unsubscribe=One-Click"))).StatusCode.ShouldBe(
                HttpStatusCode.NotFound
            );
        }
        _asked.ShouldBeEmpty();
    }

    [Fact]
    public void A_token_reads_back_and_any_changed_character_spoils_it()
    {
        var token = Tokens.Issue(Reminders);
        token.Length.ShouldBeLessThan(120);
        token.ShouldAllBe(message => char.IsAsciiLetterOrDigit(message) || message == '-' || message == '_');
        Tokens.TryRead(token, out var read).ShouldBeTrue();
        read.ShouldBe(Reminders);
        for (var i = 0; i < token.Length; i++)
            foreach (var message in "Ab0-_.")
                if (message != token[i])
                    Tokens.TryRead(token[..i] + message + token[(i + 1)..], out _).ShouldBeFalse();
        foreach (var other in new[] { null, "", "A", token[..^1], token + "A", token + "=", " " + token, new string('A', 5_000) })
            Tokens.TryRead(other, out _).ShouldBeFalse();
        new UnsubscribeToken(new byte[32]).TryRead(token, out _).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => new UnsubscribeToken(new byte[31]));
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Personalization.Limits;
using Personalization.Tracking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Limits;

/// <summary>What is taken for a proxy that the settings do not name, and what it is believed.</summary>
public sealed class UnnamedProxiesTests
{
    readonly Lines _log = new();
    readonly UnnamedProxies _proxies;

    public UnnamedProxiesTests() => _proxies = new UnnamedProxies(_log);

    /// <summary>So many that a minute that ends meanwhile leaves enough on one side.</summary>
    const int Many = 1_500;

    (ClientAddress? Client, ClientAddress Network) Call(string address, int visitor, string? forwardedFor = null)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        if (forwardedFor is not null)
            http.Request.Headers["X-Forwarded-For"] = forwardedFor;
        var json = $$"""{"anonymousId":"v-{{visitor}}","event":"x"}""";
        var call = TrackingParser.Call(CallType.Track, Encoding.UTF8.GetBytes(json), 0).Call!;
        return _proxies.Note(http, call);
    }

    [Fact]
    public void A_private_neighbour_whose_calls_all_say_for_whom_they_come_is_believed()
    {
        for (var i = 0; i < Many; i++)
            Call("10.0.0.7", i % 80, $"203.0.113.{i % 80}");
        _log.ShouldHaveSingleItem().ShouldContain("taken for a proxy");
        Call("10.0.0.7", 1, "198.51.100.9").Client.ShouldBe(ClientAddress.Of(IPAddress.Parse("198.51.100.9")));
        _proxies.IsProxy(ClientAddress.Of(IPAddress.Parse("10.0.0.7"))).ShouldBeTrue();
    }

    [Fact]
    public void A_private_neighbour_whose_visitors_write_the_header_is_not_believed_and_counts_as_one_network()
    {
        // It passes the visitors' own header on: a few of them choose for whom they count.
        for (var i = 0; i < Many; i++)
            Call("10.0.0.7", i % 80, i % 10 == 0 ? $"203.0.113.{i % 80}" : null);
        _log.ShouldHaveSingleItem().ShouldContain("taken for a proxy");
        var (client, network) = Call("10.0.0.7", 1, "198.51.100.9");
        client.ShouldBeNull();
        network.ShouldBe(ClientAddress.Of(IPAddress.Parse("10.0.0.0")));
    }

    [Theory]
    [InlineData("203.0.113.5")]
    [InlineData("127.0.0.1")]
    public void Another_address_that_carries_most_is_told_of_once_and_keeps_its_limit(string address)
    {
        for (var i = 0; i < Many; i++)
            Call(address, i % 80);
        _log.ShouldHaveSingleItem().ShouldContain("looks like a proxy; name it in Server:Proxies");
        _log[0].ShouldContain(address);
        Call(address, 1, "198.51.100.9").Client.ShouldBe(ClientAddress.Of(IPAddress.Parse(address)));
    }

    [Fact]
    public void Many_addresses_and_few_visitors_are_no_proxy()
    {
        for (var i = 0; i < Many; i++)
        {
            Call("10.0.0.8", i % 20);
            Call($"203.0.113.{i % 200}", i);
        }
        _log.ShouldBeEmpty();
    }

    [Fact]
    public void Strangers_of_many_addresses_do_not_hide_a_proxy()
    {
        for (var i = 0; i < 1_000; i++)
            Call($"198.18.{i / 250}.{i % 250}", i);
        for (var i = 0; i < 2 * Many; i++)
            Call("10.0.0.7", i % 80, $"203.0.113.{i % 80}");
        _log.ShouldHaveSingleItem().ShouldContain("taken for a proxy");
    }

    sealed class Lines : List<string>, ILogger<UnnamedProxies>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Add(formatter(state, exception));
    }
}

using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Outreach;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

/// <summary>A copy of the database forges no token, and a secret that has become known is replaced.</summary>
public sealed class TokenSecretsTests : IDisposable
{
    static readonly UnsubscribeRequest Asked = new(7, Guid.NewGuid(), "email", "*");
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    readonly TempDirectory _directory = new();
    readonly TestClock _clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task No_setting_in_a_copy_of_the_database_signs_a_token_that_the_server_takes()
    {
        await using var server = await TestServer.StartAsync(_directory.Path);
        await server.PostAsync("/v1/identify", """{"userId":"victim"}""");
        var settings = Settings();
        settings.ShouldNotBeEmpty();
        foreach (var (name, value) in settings)
            for (var at = 0; at + 32 <= value.Length; at++)
            {
                var forged = new VisitorToken(value[at..(at + 32)], TimeProvider.System).Issue(
                    new VisitorPass("victim", null, 1, OnlyAnonymous: false),
                    Hour
                );
                server.Services.GetRequiredService<VisitorToken>().Read(forged).ShouldBeNull($"{name} at {at}");
            }
    }

    [Fact]
    public async Task A_secret_that_an_earlier_version_left_in_the_clear_is_replaced_and_verifies_nothing_but_addresses_in_messages()
    {
        var old = Encoding.ASCII.GetBytes("a secret that stood in the clear");
        await using var store = await OpenAsync();
        await store.SaveSettingAsync("secret.signing", old);

        var secrets = await TokenSecrets.OpenAsync(store, _clock, isShared: false);

        Files().Count(file => file.AsSpan().IndexOf(old) >= 0).ShouldBe(0);
        new UnsubscribeToken(secrets).TryRead(new UnsubscribeToken(old).Issue(Asked), out _).ShouldBeTrue();
        var forged = new VisitorToken(old, _clock).Issue(new VisitorPass("victim", null, 1, OnlyAnonymous: false), Hour);
        new VisitorToken(secrets, _clock).Read(forged).ShouldBeNull();
        new UnsubscribeToken(old).TryRead(new UnsubscribeToken(secrets).Issue(Asked), out _).ShouldBeFalse("another signs");
    }

    [Fact]
    public async Task A_secret_in_the_clear_that_the_kept_ones_do_not_hold_is_not_thrown_away()
    {
        await using var store = await OpenAsync();
        await TokenSecrets.OpenAsync(store, _clock, isShared: true);
        var old = Encoding.ASCII.GetBytes("a secret that stood in the clear");
        await store.SaveSettingAsync("secret.signing", old);

        await TokenSecrets.OpenAsync(store, _clock, isShared: true);

        (await store.ReadSettingAsync("secret.signing")).ShouldBe(old);
    }

    [Fact]
    public async Task A_new_secret_signs_and_the_one_before_verifies_as_long_as_it_is_kept()
    {
        await using var store = await OpenAsync();
        var secrets = await TokenSecrets.OpenAsync(store, _clock, isShared: false);
        var (visitors, addresses) = (new VisitorToken(secrets, _clock), new UnsubscribeToken(secrets));
        var (token, address) = (
            visitors.Issue(new VisitorPass("u", null, 1, OnlyAnonymous: false), TimeSpan.FromDays(30)),
            addresses.Issue(Asked)
        );

        (await secrets.RotateAsync(keepDays: 100, default)).Id.ShouldBe(2);

        visitors.Issue(new VisitorPass("u", null, 1, OnlyAnonymous: false), TimeSpan.FromDays(30)).ShouldNotBe(token);
        visitors.Read(token).ShouldNotBeNull();
        var reopened = await TokenSecrets.OpenAsync(store, _clock, isShared: false);
        new VisitorToken(reopened, _clock).Read(token).ShouldNotBeNull();
        _clock.Advance(TimeSpan.FromDays(99));
        addresses.TryRead(address, out _).ShouldBeTrue();
        _clock.Advance(TimeSpan.FromDays(2));
        addresses.TryRead(address, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_secret_that_has_become_known_can_be_dropped_at_once()
    {
        await using var server = await TestServer.StartAsync(_directory.Path);
        var (_, issued) = await server.PostAsync("/v1/visitor-tokens", """{"userId":"u"}""");
        using var visitor = new HttpClient { BaseAddress = new(server.Url) };
        visitor.DefaultRequestHeaders.Add("X-Visitor-Token", issued.GetProperty("token").GetString());
        ((int)(await visitor.GetAsync("/v1/recommendations?userId=u")).StatusCode).ShouldBe(200);

        (await server.PostAsync("/v1/secrets/rotate", """{"keepDays":0}""")).Status.ShouldBe(400);
        (await server.PostAsync("/v1/secrets/rotate", """{"by":"ana","keepDays":0}""", TestServer.WriteKey)).Status.ShouldBe(403);
        var (status, rotated) = await server.PostAsync("/v1/secrets/rotate", """{"by":"ana","keepDays":0}""");

        status.ShouldBe(200);
        rotated.GetProperty("id").GetInt32().ShouldBe(2);
        ((int)(await visitor.GetAsync("/v1/recommendations?userId=u")).StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task Where_servers_share_a_database_a_new_secret_signs_when_each_has_heard_of_it()
    {
        await using var store = await OpenAsync();
        var one = await TokenSecrets.OpenAsync(store, _clock, isShared: true);
        var other = await TokenSecrets.OpenAsync(store, _clock, isShared: true);
        await one.RotateAsync(keepDays: 30, default);
        var before = new UnsubscribeToken(one).Issue(Asked);
        new UnsubscribeToken(other).TryRead(before, out _).ShouldBeTrue();
        await other.RefreshAsync(default);
        _clock.Advance(2 * TokenSecretsRefresh.Every + TimeSpan.FromMinutes(1));
        var after = new UnsubscribeToken(one).Issue(Asked);
        after.ShouldNotBe(before);
        new UnsubscribeToken(other).TryRead(after, out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_wrapped_setting_opens_under_its_own_name_alone()
    {
        await using var store = await OpenAsync();
        await store.SaveSecretAsync("one", [1, 2, 3]);
        (await store.ReadSecretAsync("one")).ShouldBe([1, 2, 3]);
        await store.SaveSettingAsync("two", await store.ReadSettingAsync("one"));
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ReadSecretAsync("two").AsTask());
        (await store.ReadSecretAsync("three")).ShouldBeNull();
    }

    Task<IStore> OpenAsync() => Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, _clock);

    IEnumerable<byte[]> Files() =>
        Directory
            .GetFiles(_directory.Path, "*.db*")
            .Select(path =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var bytes = new MemoryStream();
                file.CopyTo(bytes);
                return bytes.ToArray();
            });

    List<(string Name, byte[] Value)> Settings()
    {
        using var database = new SqliteConnection(
            $"Data Source={Path.Combine(_directory.Path, "journal.db")};Mode=ReadOnly;Pooling=false"
        );
        database.Open();
        using var read = database.CreateCommand();
        read.CommandText = "SELECT name, value FROM setting";
        using var rows = read.ExecuteReader();
        var found = new List<(string, byte[])>();
        while (rows.Read())
            found.Add((rows.GetString(0), (byte[])rows[1]));
        return found;
    }
}

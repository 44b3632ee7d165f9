using Personalization.Hosting;
using Personalization.Keys;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

/// <summary>Keys that protect nothing are refused at the start, and those that are made are told to nobody but the operator.</summary>
public sealed class ApiKeyTests : IDisposable
{
    const string Write = "PERSONALIZATION_WRITE_KEY",
        Secret = "PERSONALIZATION_SECRET_KEY";
    const string Good = "0123456789abcdef";

    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Write, "k")]
    [InlineData(Secret, "0123456789abcde")]
    [InlineData(Secret, "0123456789 abcdef")]
    [InlineData(Write, "0123456789:abcdef")]
    [InlineData(Write, "0123456789abcdeü")]
    public async Task A_key_that_can_be_guessed_or_not_be_sent_stops_the_start_with_a_line_that_names_it(
        string name,
        string key
    ) => (await RefusalAsync((name, key))).ShouldStartWith(name);

    [Fact]
    public async Task A_key_that_is_too_long_stops_the_start() =>
        (await RefusalAsync((Secret, new string('k', 257)))).ShouldBe(
            $"{Secret} has 257 characters; a key has 16 to 256 of them."
        );

    [Fact]
    public async Task The_public_key_must_not_be_the_secret_one() =>
        (await RefusalAsync((Write, Good), (Secret, Good))).ShouldContain("the same key");

    [Fact]
    public async Task A_key_that_is_the_one_the_store_knows_for_the_other_kind_is_refused_too()
    {
        var made = "";
        await using (
            var store = await Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, TimeProvider.System)
        )
            await ApiKeys.OpenAsync(store, Good, null, (_, key) => made = key);
        (await RefusalAsync((Write, made))).ShouldContain("the same key");
    }

    [Fact]
    public async Task A_key_that_could_not_be_told_is_made_again_at_the_next_start()
    {
        await using var store = await Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, TimeProvider.System);
        var lost = "";
        await Should.ThrowAsync<IOException>(() => ApiKeys.OpenAsync(store, null, Good, (_, key) =>
            {
                lost = key;
                throw new IOException("disk full");
            }));
        var told = new List<string>();
        var keys = await ApiKeys.OpenAsync(store, null, Good, (_, key) => told.Add(key));
        keys.KindOf(lost).ShouldBe(KeyKind.None);
        keys.KindOf(told.ShouldHaveSingleItem()).ShouldBe(KeyKind.Write);
        await ApiKeys.OpenAsync(store, null, Good, (_, key) => told.Add(key));
        told.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_that_are_made_go_to_a_file_and_not_into_the_output_that_collectors_keep()
    {
        var said = await OutputAsync(() => Server.OpenAsync(Options([])));
        var file = Path.Combine(_directory.Path, "new-keys.txt");
        var keys = (await File.ReadAllLinesAsync(file)).Select(line => line.Split(": ")[1]).ToArray();
        keys.Select(key => key[..3]).ShouldBe(["wk_", "sk_", "sig"]);
        keys.ShouldAllBe(key => !said.Contains(key));
        said.ShouldContain(file);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    async Task<string> RefusalAsync(params (string Name, string Key)[] keys) =>
        (await Should.ThrowAsync<ArgumentException>(() => Server.OpenAsync(Options(keys)))).Message;

    ServerOptions Options((string Name, string Key)[] keys) =>
        new()
        {
            Data = _directory.Path,
            Urls = "http://127.0.0.1:0",
            Settings = keys.ToDictionary(key => key.Name, key => (string?)key.Key),
        };

    /// <summary>The tests' own output goes into a pipe, as a service's does.</summary>
    static async Task<string> OutputAsync(Func<Task<Microsoft.AspNetCore.Builder.WebApplication>> open)
    {
        var (before, heard) = (Console.Out, new StringWriter());
        Console.SetOut(heard);
        try
        {
            await (await open()).DisposeAsync();
        }
        finally
        {
            Console.SetOut(before);
        }
        return heard.ToString();
    }
}

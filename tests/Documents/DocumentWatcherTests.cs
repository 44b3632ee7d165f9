using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Documents;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Documents;

public sealed class DocumentWatcherTests : IAsyncLifetime
{
    readonly TempDirectory _directory = new();
    readonly Dictionary<string, int> _applied = [];
    IStore _store = null!;

    public async Task InitializeAsync() =>
        _store = await Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Beside("data") }, TimeProvider.System);

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    DocumentWatcher Watcher() => new(_store, [new DocumentReader("number", (document, _) =>
                {
                    _applied[document.Id] = document.Json is null ? 0 : int.Parse(document.Json);
                    return default;
                })], new StoreWatch(_store, NullLogger<StoreWatch>.Instance), NullLogger<DocumentWatcher>.Instance);

    static DocumentEdit Edit(string id, string? json) => new("number", id, json, "ana", 1);

    [Fact]
    public async Task A_version_that_cannot_be_used_leaves_the_one_before_in_use_and_is_told_also_after_a_restart()
    {
        var watcher = Watcher();
        await watcher.SaveAsync(Edit("a", "7"));
        await watcher.SaveAsync(Edit("a", "eight"));
        await watcher.SaveAsync(Edit("b", "9"));
        (_applied["a"], _applied["b"]).ShouldBe((7, 9));
        watcher.Problems.ShouldHaveSingleItem().ShouldStartWith("number: a, version 2 cannot be used");

        _applied.Clear();
        var restarted = Watcher();
        await restarted.CatchUpAsync();
        (_applied["a"], _applied["b"]).ShouldBe((7, 9));
        restarted.Problems.ShouldBe(watcher.Problems);

        await restarted.SaveAsync(Edit("a", null));
        (_applied["a"], restarted.Problems.Count).ShouldBe((0, 0));
    }
}

using System.Text;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage.Sqlite;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Storage;

public sealed class SqliteStoreTests : StoreTests
{
    readonly TempDirectory _directory = new();

    StoreOptions Options => new() { DataDirectory = _directory.Path };

    protected override Task<IStore> OpenAsync() => Stores.OpenAsync(Options, TimeProvider.System);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_second_owner_is_refused_by_a_message_that_names_the_directory()
    {
        var refusal = await Should.ThrowAsync<StoreUnavailableException>(() =>
            SqliteStore.OpenAsync(Options, TimeProvider.System)
        );
        refusal.Message.ShouldContain(_directory.Path);
        refusal.Message.ShouldContain("another process");
        await ReopenAsync();
    }

    [LinuxFact]
    public async Task Read_models_that_could_not_be_made_again_are_made_by_the_next_write()
    {
        var views = Store.ReadModels;
        await views.SaveAsync(Moved(0, 10));
        var path = Path.Combine(_directory.Path, "views.db");
        File.Delete(path);
        Directory.CreateDirectory(path);
        await Should.ThrowAsync<Exception>(() => views.ResetAsync().AsTask());
        Directory.Delete(path);

        await views.SaveAsync(Moved(0, 7));

        (await views.PositionAsync()).ShouldBe(7);
        await ReopenAsync();
        (await Store.ReadModels.PositionAsync()).ShouldBe(7);
    }

    static ReadModelChange Moved(long from, long to) =>
        new()
        {
            FromPosition = from,
            ToPosition = to,
            Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
            Customers = [],
        };

    [Theory]
    [InlineData("Sqlite/Migrations/journal-")]
    [InlineData("Sqlite/Migrations/views-")]
    [InlineData("Sqlite/Migrations/keys-")]
    [InlineData("Postgres/Migrations/")]
    [InlineData("Orleans/Sqlite/")]
    [InlineData("Orleans/Postgres/")]
    public void Migrations_are_numbered_without_gaps(string prefix)
    {
        var numbers = typeof(SqliteStore)
            .Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && char.IsAsciiDigit(name[prefix.Length]))
            .Select(name => int.Parse(Path.GetFileNameWithoutExtension(name[prefix.Length..])))
            .Order()
            .ToList();
        numbers.ShouldNotBeEmpty();
        numbers.ShouldBe(Enumerable.Range(1, numbers.Count));
    }

    [Fact]
    public async Task Another_master_key_is_noticed_at_once()
    {
        await Store.DisposeAsync();
        var path = _directory.Path + ".master.key";
        var right = File.ReadAllText(path);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        async Task<string> Refused() =>
            (
                await Should.ThrowAsync<StoreUnavailableException>(() => SqliteStore.OpenAsync(Options, TimeProvider.System))
            ).Message;
        File.WriteAllText(path, Convert.ToBase64String(new byte[32]));
        (await Refused()).ShouldContain("not the one");
        File.WriteAllText(path, "not a key");
        (await Refused()).ShouldContain("damaged");
        File.Delete(path);
        (await Refused()).ShouldContain("missing");
        File.Exists(path).ShouldBeFalse();
        File.WriteAllText(path, right);
        await ReopenAsync();
    }

    [Fact]
    public async Task The_master_key_can_be_kept_elsewhere()
    {
        var options = new StoreOptions
        {
            DataDirectory = _directory.Beside("second"),
            MasterKeyPath = _directory.Beside("secrets/key"),
        };
        await using var second = await SqliteStore.OpenAsync(options, TimeProvider.System);
        File.Exists(_directory.Beside("secrets/key")).ShouldBeTrue();
        File.Exists(_directory.Beside("second.master.key")).ShouldBeFalse();
    }

    [Fact]
    public async Task The_bytes_of_a_person_never_stand_in_the_files()
    {
        const int People = 300;
        string Name(int i) => $"person-{i:0000}@example.org";
        for (var i = 0; i < People; i++)
        {
            await Store.ClaimNamesAsync([new(NameKind.User, Name(i), i, 1)]);
            var turn = Store.CommitAsync(Turn(i, 1, "view", $"searched-for-{i:0000}"));
            if (i % 50 == 0)
                await turn;
        }
        await Store.EraseAsync([.. Enumerable.Range(0, People).Where(i => i % 3 != 0).Select(i => (long)i)]);

        var files = Directory.GetFiles(_directory.Path).Where(f => !f.EndsWith("lock")).Select(ReadShared).ToList();
        bool Found(string text) => files.Exists(bytes => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
        for (var i = 0; i < People; i++)
        {
            Found($"searched-for-{i:0000}").ShouldBeFalse();
            Found(Name(i)).ShouldBeFalse($"the name of person {i}");
        }
    }

    /// <summary>Keys and journal are two files, waited for together: whatever moment the machine dies at, no entry is there without its key.</summary>
    [Fact]
    public async Task At_any_moment_every_personal_part_in_the_journal_has_its_key()
    {
        const int Moments = 6;
        using var over = new CancellationTokenSource();
        var next = 0;
        var writing = Enumerable
            .Range(0, 32)
            .Select(_ =>
                Task.Run(async () =>
                {
                    while (!over.IsCancellationRequested)
                        await Store.CommitAsync(Turn(Interlocked.Increment(ref next), 1, "view", "a personal part"));
                })
            )
            .ToArray();
        for (var moment = 0; moment < Moments; moment++)
        {
            var position = await Store.LastPositionAsync();
            await Store.WaitForEntriesAsync(position + 100, TimeSpan.FromSeconds(10));
            var copy = _directory.Beside($"moment-{moment}");
            Directory.CreateDirectory(copy);
            // The journal first: its log before its file, so that what is copied is what stood there or less.
            foreach (var file in new[] { "journal.db-wal", "journal.db", "keys.db-wal", "keys.db" })
                await File.WriteAllBytesAsync(Path.Combine(copy, file), ReadShared(Path.Combine(_directory.Path, file)));
            File.Copy(_directory.Path + ".master.key", copy + ".master.key");
            await using var died = await SqliteStore.OpenAsync(new StoreOptions { DataDirectory = copy }, TimeProvider.System);
            var entries = await died.ReadJournalAsync(0, 1_000_000);
            entries.Count.ShouldBeGreaterThan(0);
            entries.ShouldAllBe(entry => entry.Personal.Length > 0);
        }
        await over.CancelAsync();
        await Task.WhenAll(writing);
    }

    [Fact]
    public async Task Where_a_key_cannot_be_written_its_commit_fails_and_the_next_one_is_whole()
    {
        using (var other = Database.Open(Path.Combine(_directory.Path, "keys.db"), SqlFile.Load("Sqlite/common.sql"), "FULL"))
        {
            other["begin"].Run();
            await Should.ThrowAsync<StoreUnavailableException>(async () => await Store.CommitAsync(Turn(5, 1, "view", "lost")));
            other.RollBack();
        }
        (await Store.ReadCustomerAsync(5)).ShouldBeEmpty();
        (await Store.CommitAsync(Turn(5, 1, "view", "kept"))).Outcome.ShouldBe(CommitOutcome.Committed);
        await ReopenAsync();
        (await Store.ReadCustomerAsync(5)).ShouldHaveSingleItem().Personal.ShouldBe(Bytes("kept"));
    }

    static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    [Fact]
    public async Task Messages_of_failures_hold_no_personal_data()
    {
        var damaged = new byte[] { 0xff };
        await Store.ClaimNamesAsync([new(NameKind.User, "paula", 1, 1)]);
        await Store.DisposeAsync();
        var failure = await Should.ThrowAsync<StoreUnavailableException>(async () =>
            await Store.ClaimNamesAsync([new(NameKind.User, "quentin", 1, 1)])
        );
        failure.ToString().ShouldNotContain("quentin");
        foreach (var file in Directory.GetFiles(_directory.Path, "journal.db*"))
            File.WriteAllBytes(file, [.. Encoding.UTF8.GetBytes("paula"), .. damaged]);
        failure = await Should.ThrowAsync<StoreUnavailableException>(() => SqliteStore.OpenAsync(Options, TimeProvider.System));
        failure.Message.ShouldContain("journal.db");
        failure.ToString().ShouldNotContain("paula");
        foreach (var file in Directory.GetFiles(_directory.Path, "journal.db*"))
            File.Delete(file);
        await ReopenAsync();
    }
}

using Npgsql;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Storage.Postgres;
using Personalization.Support;
using Shouldly;

namespace Personalization.Storage;

[NeedsPostgres]
public sealed class PostgresStoreTests : StoreTests
{
    readonly TempDirectory _directory = new();
    string _database = "";

    StoreOptions Options => new() { DataDirectory = _directory.Path, ConnectionString = _database };

    protected override Task<IStore> OpenAsync() => Stores.OpenAsync(Options, TimeProvider.System);

    public override async Task InitializeAsync()
    {
        _database = await TestPostgres.NewDatabaseAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await TestPostgres.DropDatabaseAsync(_database);
        _directory.Dispose();
    }

    [CommonFact]
    public async Task Several_processes_can_start_together_on_an_empty_database()
    {
        var empty = await TestPostgres.NewDatabaseAsync();
        var options = Options with { ConnectionString = empty, MasterKeyPath = _directory.Beside("together.key") };
        var stores = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => PostgresStore.OpenAsync(options, TimeProvider.System))
        );
        await stores[0].CommitAsync(Turn(1, 1, "b", "sealed by one"));
        (await stores[5].ReadCustomerAsync(1)).Single().Personal.ShouldBe(Bytes("sealed by one"));
        foreach (var one in stores)
            await one.DisposeAsync();
        await TestPostgres.DropDatabaseAsync(empty);
    }

    [CommonFact]
    public async Task Servers_that_start_together_share_their_keys_and_one_tells_each_of_them()
    {
        await using var other = await OpenAsync();
        var told = new System.Collections.Concurrent.ConcurrentBag<(string Name, string Text)>();
        var keys = await Task.WhenAll(
            new[] { Store, other, Store, other }.Select(store =>
                ApiKeys.OpenAsync(store, null, null, (name, key) => told.Add((name, key)))
            )
        );
        var signing = await Task.WhenAll(
            new[] { Store, other, Store, other }.Select(store =>
                SigningSecret.OpenAsync(store, null, text => told.Add(("signing", text)))
            )
        );
        var tokens = await Task.WhenAll(
            new[] { Store, other, Store, other }.Select(store =>
                TokenSecrets.OpenAsync(store, TimeProvider.System, isShared: true)
            )
        );

        var texts = told.ToDictionary(one => one.Name, one => one.Text);
        keys.ShouldAllBe(one => one.KindOf(texts["write"]) == KeyKind.Write && one.KindOf(texts["secret"]) == KeyKind.Secret);
        var code = System.Security.Cryptography.HMACSHA256.HashData(Bytes(texts["signing"]), Bytes("message"));
        signing.ShouldAllBe(one => one.Matches(Bytes("message"), code));
        tokens.Select(one => Convert.ToHexString(one.All[0].Bytes.Span)).Distinct().ShouldHaveSingleItem();
    }

    [CommonFact]
    public async Task A_server_of_before_names_were_sealed_fails_rather_than_making_every_customer_again()
    {
        var refused = await Should.ThrowAsync<PostgresException>(() =>
            TestPostgres.RunAsync(_database, "INSERT INTO name (kind, value, customer, since) VALUES (1, 'Maria', 7, 3)")
        );
        refused.SqlState.ShouldBe(PostgresErrorCodes.UndefinedTable);
    }

    /// <summary>What stands in one row is not taken for another's, though one key seals them all.</summary>
    [CommonFact]
    public async Task The_text_of_an_anonymous_id_does_not_open_in_another_row()
    {
        await Store.ClaimNamesAsync([new(NameKind.Anonymous, "a", 1, 1), new(NameKind.Anonymous, "b", 2, 1)]);
        await TestPostgres.RunAsync(
            _database,
            "UPDATE sealed_name SET sealed = (SELECT sealed FROM sealed_name WHERE customer = 1) WHERE customer = 2"
        );
        (await Store.NamesOfAsync([1, 2])).Select(name => name.Value).ShouldBe(["a", ""]);
    }

    [CommonFact]
    public async Task Of_two_processes_that_write_one_version_one_wins()
    {
        await using var other = await OpenAsync();
        for (var version = 1; version <= 20; version++)
        {
            var attempts = await Task.WhenAll(
                Store.CommitAsync(Turn(1, version, "this")).AsTask(),
                other.CommitAsync(Turn(1, version, "other")).AsTask()
            );
            attempts.Select(a => a.Outcome).Order().ShouldBe([CommitOutcome.Committed, CommitOutcome.VersionConflict]);
        }
    }

    /// <summary>Every commit is held open for a while of its own, after its position was drawn.</summary>
    [CommonFact]
    public async Task A_follower_never_skips_when_commits_are_delayed()
    {
        await TestPostgres.RunAsync(
            _database,
            """
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.version % 5 = 0) EXECUTE FUNCTION dawdle()
            """
        );
        const int Writers = 4,
            Turns = 40;
        IStore[] processes = [Store, await OpenAsync(), await OpenAsync()];
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, processes.Length * Writers)
                .Select(customer =>
                    Task.Run(async () =>
                    {
                        for (var version = 1; version <= Turns; version++)
                            await processes[customer % processes.Length].CommitAsync(Turn(customer, version));
                    })
                )
        );

        await using var follower = await OpenAsync();
        var seen = new List<JournalEntry>();
        while (seen.Count < processes.Length * Writers * Turns)
        {
            var position = seen.Count == 0 ? 0 : seen[^1].Position;
            await follower.WaitForEntriesAsync(position, TimeSpan.FromSeconds(30));
            seen.AddRange(await follower.ReadJournalAsync(position, 7));
            if (writing.IsCompleted && seen[^1].Position == await follower.LastPositionAsync())
                break;
        }
        await writing;

        seen.Select(e => e.Position).ShouldBe(Enumerable.Range(1, processes.Length * Writers * Turns).Select(i => (long)i));
        foreach (var one in seen.GroupBy(e => e.Customer))
            one.Select(e => e.Version).ShouldBe(Enumerable.Range(1, Turns));
        foreach (var one in processes[1..])
            await one.DisposeAsync();
    }

    /// <summary>The lock is what the order rests on: while somebody holds it nothing is written, and nothing is lost.</summary>
    [CommonFact]
    public async Task A_commit_waits_for_one_that_is_still_open()
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            var insert = new NpgsqlCommand(
                """
                SELECT pg_advisory_xact_lock(7202611220002);
                INSERT INTO journal (position, customer, version, time, body) VALUES (1, 100, 1, 0, '')
                """,
                connection
            )
        )
            await insert.ExecuteNonQueryAsync();

        var behind = Store.CommitAsync(Turn(200, 1)).AsTask();
        (await Store.ReadJournalAsync(0, 10)).ShouldBeEmpty();
        behind.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();

        (await behind).Position.ShouldBe(2);
        (await Store.ReadJournalAsync(0, 10)).Select(e => e.Customer).ShouldBe([100L, 200]);
    }

    [CommonFact]
    public async Task An_erasure_by_one_process_holds_in_the_others_store()
    {
        await using var other = await OpenAsync();
        await Store.CommitAsync(Turn(1, 1, "b", "secret"));
        await other.EraseAsync([1]);
        await using var third = await OpenAsync();
        (await third.ReadCustomerAsync(1)).Single().Personal.ShouldBeEmpty();
    }

    [CommonFact]
    public async Task A_wrong_or_missing_master_key_is_noticed_at_once()
    {
        var path = _directory.Beside("other.key");
        async Task<string> Refused() =>
            (
                await Should.ThrowAsync<StoreUnavailableException>(() =>
                    PostgresStore.OpenAsync(Options with { MasterKeyPath = path }, TimeProvider.System)
                )
            ).Message;
        (await Refused()).ShouldContain("missing");
        File.WriteAllText(path, Convert.ToBase64String(new byte[32]));
        (await Refused()).ShouldContain("not the one");
    }

    [CommonFact]
    public async Task A_commit_that_the_database_refuses_leaves_its_neighbours_alone()
    {
        var commits = Enumerable
            .Range(1, 20)
            .Select(i =>
                Store
                    .CommitAsync(
                        i == 7
                            ? new Commit { Turns = [new TurnEntry(7, 1, 1, Bytes("x"), default)], Outbox = [Unstorable()] }
                            : Turn(i, 1)
                    )
                    .AsTask()
            )
            .ToArray();
        var refusal = await Should.ThrowAsync<StoreUnavailableException>(commits[6]);
        refusal.ToString().ShouldNotContain("vera");
        for (var i = 0; i < commits.Length; i++)
            if (i != 6)
                (await commits[i]).Outcome.ShouldBe(CommitOutcome.Committed);
        (await Store.ReadCustomerAsync(7)).ShouldBeEmpty();

        // PostgreSQL's text holds no zero character.
        static OutboxEntry Unstorable() => new(Guid.NewGuid(), 7, "vera\0", "o", "email", 1, OutboxState.Queued);
    }

    [CommonFact]
    public async Task A_server_that_is_not_there_is_named_without_the_password()
    {
        var options = Options with
        {
            ConnectionString = "Host=127.0.0.1;Port=1;Username=u;Password=hidden;Database=shop;Timeout=3",
        };
        var failure = await Should.ThrowAsync<StoreUnavailableException>(() =>
            PostgresStore.OpenAsync(options, TimeProvider.System)
        );
        failure.Message.ShouldContain("127.0.0.1:1, database shop");
        failure.ToString().ShouldNotContain("hidden");
    }

    [CommonFact]
    public async Task Names_are_first_come_first_served_between_processes()
    {
        await using var other = await OpenAsync();
        var claims = await Task.WhenAll(
            Enumerable
                .Range(1, 40)
                .Select(i =>
                    (i % 2 == 0 ? Store : other)
                        .ClaimNamesAsync([new(NameKind.User, $"a{i / 4}", i, 1), new(NameKind.User, $"b{9 - i / 4}", i, 1)])
                        .AsTask()
                )
        );
        claims.SelectMany(c => c).GroupBy(n => n.Value).ShouldAllBe(g => g.Distinct().Count() == 1);
    }

    [CommonFact]
    public async Task Names_of_an_earlier_version_are_sealed_at_the_next_start_and_keep_their_numbers()
    {
        await TestPostgres.RunAsync(
            _database,
            "INSERT INTO old_name (number, kind, value, customer, since) VALUES (41, 1, 'Maria', 7, 3), (42, 2, 'b', 8, 4)"
        );
        await ReopenAsync();
        (await Store.FindNameAsync(NameKind.User, "Maria")).ShouldBe(new BoundName(41, NameKind.User, "Maria", 7, 3));
        (await Store.NamesOfAsync([8])).ShouldBe([new BoundName(42, NameKind.Anonymous, "b", 8, 4)]);
        await TestPostgres.RunAsync(
            _database,
            "DO $$ BEGIN ASSERT (SELECT count(*) FROM old_name) = 0; ASSERT (SELECT count(*) FROM sealed_name) = 2; END $$"
        );
    }
}

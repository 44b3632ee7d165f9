using Personalization.Documents;
using Personalization.Identity;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Storage;

/// <summary>What every store must do, whatever is below it.</summary>
public abstract class StoreTests : IAsyncLifetime
{
    const string Secret = "maria.keller@example.org";

    IStore _store = null!;

    /// <summary>Opens the store of this test; again after it was closed.</summary>
    protected abstract Task<IStore> OpenAsync();

    public virtual async Task InitializeAsync() => _store = await OpenAsync();

    public virtual async Task DisposeAsync() => await _store.DisposeAsync();

    protected IStore Store => _store;

    protected async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = await OpenAsync();
    }

    protected static Commit Turn(long customer, int version, string body = "b", string personal = "") =>
        new() { Turns = [new TurnEntry(customer, version, 1000 + version, Bytes(body), Bytes(personal))] };

    protected static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    static OutboxEntry Message(Guid id, long customer, long notBefore = 5) =>
        new(id, customer, "cart", "cart-1", "email", notBefore, OutboxState.Queued);

    [CommonFact]
    public async Task What_was_committed_is_there_after_a_restart()
    {
        var first = await _store.CommitAsync(Turn(7, 1, "one", Secret));
        var second = await _store.CommitAsync(Turn(7, 2, "two"));
        first.Outcome.ShouldBe(CommitOutcome.Committed);
        second.Position.ShouldBeGreaterThan(first.Position);

        await ReopenAsync();

        var record = await _store.ReadCustomerAsync(7);
        record
            .Select(e => (e.Version, e.Time, Text(e.Body), Text(e.Personal)))
            .ShouldBe([(1, 1001L, "one", Secret), (2, 1002L, "two", "")]);
        (await _store.LastPositionAsync()).ShouldBe(second.Position);
        (await _store.CommitAsync(Turn(7, 3))).Position.ShouldBeGreaterThan(second.Position);
    }

    [CommonFact]
    public async Task A_version_conflict_concerns_its_commit_alone()
    {
        await _store.CommitAsync(Turn(1, 1));
        var outcomes = await Task.WhenAll(
            _store.CommitAsync(Turn(1, 1, "again")).AsTask(),
            _store.CommitAsync(Turn(2, 1)).AsTask(),
            _store.CommitAsync(Turn(3, 2, "without the one before")).AsTask(),
            _store.CommitAsync(Turn(1, 2)).AsTask(),
            _store.CommitAsync(Turn(4, 1)).AsTask()
        );

        outcomes
            .Select(o => o.Outcome)
            .ShouldBe([
                CommitOutcome.VersionConflict,
                CommitOutcome.Committed,
                CommitOutcome.VersionConflict,
                CommitOutcome.Committed,
                CommitOutcome.Committed,
            ]);
        outcomes[0].Position.ShouldBe(0);
        Text((await _store.ReadCustomerAsync(1))[0].Body).ShouldBe("b");
        (await _store.ReadCustomerAsync(3)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Of_many_writers_of_one_version_exactly_one_wins()
    {
        for (var version = 1; version <= 10; version++)
        {
            var attempts = await Task.WhenAll(
                Enumerable.Range(0, 16).Select(i => _store.CommitAsync(Turn(5, version, $"{i}")).AsTask())
            );
            attempts.Count(a => a.Outcome == CommitOutcome.Committed).ShouldBe(1);
        }
        (await _store.ReadCustomerAsync(5)).Select(e => e.Version).ShouldBe(Enumerable.Range(1, 10));
    }

    [CommonFact]
    public async Task A_commit_of_two_customers_is_all_or_nothing()
    {
        await _store.CommitAsync(Turn(1, 1));
        var join = new Commit
        {
            Turns = [new TurnEntry(1, 2, 1, Bytes("x"), default), new TurnEntry(2, 5, 1, Bytes("y"), default)],
            Due = [new(1, 99)],
            Outbox = [Message(Guid.NewGuid(), 1)],
            ImportKeys = [42],
        };
        (await _store.CommitAsync(join)).Outcome.ShouldBe(CommitOutcome.VersionConflict);
        (await _store.ReadCustomerAsync(1)).Count.ShouldBe(1);
        (await _store.ReadDueAsync(long.MaxValue, 10)).ShouldBeEmpty();
        (await _store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 10)).ShouldBeEmpty();
        (await _store.ImportedAsync([42])).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task A_turn_and_its_effects_are_committed_together()
    {
        var message = Guid.NewGuid();
        await _store.CommitAsync(
            new Commit
            {
                Turns = [new TurnEntry(1, 1, 1, Bytes("x"), default)],
                Due = [new(1, 99), new(2, 50)],
                Outbox = [Message(message, 1)],
                ImportKeys = [UInt128.MaxValue, 7],
            }
        );
        (await _store.ReadDueAsync(99, 10)).ShouldBe([(2L, 50L), (1L, 99L)]);
        (await _store.ReadDueAsync(98, 10)).ShouldBe([(2L, 50L)]);
        (await _store.FindOutboxAsync(message)).ShouldBe(Message(message, 1));
        (await _store.ImportedAsync([7, 8, UInt128.MaxValue])).ShouldBe([(UInt128)7, UInt128.MaxValue], ignoreOrder: true);

        var next = new Commit
        {
            Turns = [new TurnEntry(1, 2, 2, Bytes("y"), default)],
            Due = [new(2, null), new(1, 10)],
            OutboxMoves = [(message, OutboxState.Queued, OutboxState.Dispatched)],
            ImportKeys = [7],
        };
        (await _store.CommitAsync(next)).Outcome.ShouldBe(CommitOutcome.Committed);
        (await _store.ReadDueAsync(long.MaxValue, 10)).ShouldBe([(1L, 10L)]);
        await _store.CommitAsync(new Commit { Turns = [], Due = [new(7, 1, IsStranger: true), new(8, 2, true), new(9, 20)] });
        (await _store.ReadDueAsync(15, 2)).ShouldBe([(1L, 10L), (7L, 1L)], "strangers come after customers");
        (await _store.ReadDueAsync(long.MaxValue, 10)).ShouldBe([(1L, 10L), (9L, 20L), (7L, 1L), (8L, 2L)]);
        (await _store.FindOutboxAsync(message))!.State.ShouldBe(OutboxState.Dispatched);
    }

    [CommonFact]
    public async Task The_same_message_is_queued_once()
    {
        var message = Guid.NewGuid();
        await _store.CommitAsync(new Commit { Turns = [], Outbox = [Message(message, 1)] });
        await _store.CommitAsync(new Commit { Turns = [], Outbox = [Message(message, 1) with { Channel = "sms" }] });
        (await _store.ReadOutboxAsync(OutboxState.Queued, 5, 10)).ShouldBe([Message(message, 1)]);
        (await _store.ReadOutboxAsync(OutboxState.Queued, 4, 10)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Messages_to_customers_are_read_before_the_questions_that_strangers_cause()
    {
        var questions = Enumerable.Range(1, 50).Select(i => Message(Guid.NewGuid(), i, i) with { Playbook = "opt-in" }).ToList();
        var (early, late) = (Message(Guid.NewGuid(), 60, 100), Message(Guid.NewGuid(), 61, 101));
        await _store.CommitAsync(new Commit { Turns = [], Outbox = [.. questions, late, early] });
        (await _store.ReadOutboxAsync(OutboxState.Queued, 100, 3)).ShouldBe([early, questions[0], questions[1]]);
        (await _store.ReadOutboxAsync(OutboxState.Queued, 101, 1)).ShouldBe([early]);
        (await _store.ReadOutboxAsync(OutboxState.Queued, 101, 1000)).ShouldBe([early, late, .. questions]);
    }

    [CommonFact]
    public async Task A_dispatched_message_that_did_not_leave_is_queued_again_with_its_attempts_and_others_are_not()
    {
        var message = Guid.NewGuid();
        await _store.CommitAsync(new Commit { Turns = [], Outbox = [Message(message, 1)] });
        var again = new Commit { Turns = [], PutOff = [new(message, 900, "The mail server answered 450.")] };
        (await _store.CommitAsync(again)).Outcome.ShouldBe(CommitOutcome.MessageConflict);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await _store.MoveOutboxAsync(message, OutboxState.Queued, OutboxState.Dispatched, null, 1);
            (await _store.CommitAsync(again)).Outcome.ShouldBe(CommitOutcome.Committed);
            var entry = (await _store.ReadOutboxAsync(OutboxState.Queued, 900, 10)).ShouldHaveSingleItem();
            (entry.Attempts, entry.NotBefore, entry.Detail).ShouldBe((attempt, 900, "The mail server answered 450."));
            entry.TriedSince.ShouldBeGreaterThan(0);
        }
    }

    [CommonFact]
    public async Task A_message_moves_only_from_the_state_expected()
    {
        var message = Guid.NewGuid();
        await _store.CommitAsync(new Commit { Turns = [], Outbox = [Message(message, 1)] });

        var takers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => _store.MoveOutboxAsync(message, OutboxState.Queued, OutboxState.Dispatched, null, 9).AsTask())
        );
        takers.Count(taken => taken).ShouldBe(1);
        (await _store.MoveOutboxAsync(message, OutboxState.Dispatched, OutboxState.Sent, "250 ok", 10)).ShouldBeTrue();
        (await _store.FindOutboxAsync(message)).ShouldBe(
            Message(message, 1) with
            {
                State = OutboxState.Sent,
                Detail = "250 ok",
            }
        );

        var late = new Commit
        {
            Turns = [new TurnEntry(1, 1, 1, Bytes("x"), default)],
            OutboxMoves = [(message, OutboxState.Queued, OutboxState.Dispatched)],
        };
        (await _store.CommitAsync(late)).Outcome.ShouldBe(CommitOutcome.MessageConflict);
        (await _store.ReadCustomerAsync(1)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task The_first_claim_of_a_name_wins()
    {
        var claims = await Task.WhenAll(
            Enumerable
                .Range(1, 32)
                .Select(i =>
                    _store
                        .ClaimNamesAsync([new NameClaim(NameKind.User, "u", i, i), new NameClaim(NameKind.Anonymous, "u", i, i)])
                        .AsTask()
                )
        );

        claims.Select(c => c[0]).Distinct().Count().ShouldBe(1);
        claims.Select(c => c[1]).Distinct().Count().ShouldBe(1);
        claims[0][0].Number.ShouldNotBe(claims[0][1].Number);
        (await _store.FindNameAsync(NameKind.User, "u")).ShouldBe(claims[0][0]);
        (await _store.FindNameAsync(NameKind.User, "U")).ShouldBeNull();
        (await _store.ReadNamesAsync(0, 10)).Count.ShouldBe(2);
    }

    [CommonFact]
    public async Task A_name_claimed_twice_in_one_call_is_one_name()
    {
        var names = await _store.ClaimNamesAsync([
            new(NameKind.User, "x", 1, 1),
            new(NameKind.User, "y", 2, 2),
            new(NameKind.User, "x", 3, 3),
        ]);
        names[2].ShouldBe(names[0]);
        names[0].Customer.ShouldBe(1);
        names[1].Value.ShouldBe("y");
    }

    [CommonFact]
    public async Task A_name_moves_once()
    {
        var name = (await _store.ClaimNamesAsync([new(NameKind.Anonymous, "a", 1, 1)]))[0];
        Commit Move(int version) =>
            new()
            {
                Turns = [new TurnEntry(2, version, 1, Bytes("join"), default)],
                Names = [new NameMove(name.Number, 1, 2, 50)],
            };
        (await _store.CommitAsync(Move(1))).Outcome.ShouldBe(CommitOutcome.Committed);
        (await _store.FindNameAsync(NameKind.Anonymous, "a")).ShouldBe(name with { Customer = 2, Since = 50 });
        (await _store.CommitAsync(Move(2))).Outcome.ShouldBe(CommitOutcome.NameConflict);
        (await _store.ReadCustomerAsync(2)).Count.ShouldBe(1);
        (await _store.NamesOfAsync([1, 2])).ShouldBe([name with { Customer = 2, Since = 50 }]);
    }

    [CommonFact]
    public async Task Product_numbers_are_stable_and_without_gaps()
    {
        var rounds = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => _store.ProductNumbersAsync(["a", "b", "a", "c"]).AsTask())
        );
        rounds.ShouldAllBe(r => r.SequenceEqual(rounds[0]));
        rounds[0].Order().Distinct().ShouldBe([1, 2, 3]);
        rounds[0][2].ShouldBe(rounds[0][0]);
        await ReopenAsync();
        (await _store.ProductNumbersAsync(["d", "c"])).ShouldBe([4, rounds[0][3]]);
    }

    [CommonFact]
    public async Task Products_are_read_in_the_order_of_their_changes()
    {
        var numbers = await _store.ProductNumbersAsync(["a", "b", "c"]);
        var all = await _store.ReadProductsAsync(0, 10);
        all.Select(p => p.Id).ShouldBe(["a", "b", "c"]);
        all.ShouldAllBe(p => p.Body == null);

        var change = await _store.SaveProductsAsync([(numbers[0], Bytes("A")), (numbers[1], Bytes("B"))]);
        var changed = await _store.ReadProductsAsync(all[^1].Change, 10);
        changed.Select(p => (p.Number, p.Id, Text(p.Body!))).ShouldBe([(numbers[0], "a", "A"), (numbers[1], "b", "B")]);
        changed[^1].Change.ShouldBe(change);
        (await _store.ReadProductsAsync(change, 10)).ShouldBeEmpty();
        (await _store.ReadProductsAsync(0, 1)).Single().Id.ShouldBe("c");
    }

    [CommonFact]
    public async Task A_follower_sees_every_entry_once_and_in_order_while_others_write()
    {
        const int Writers = 8,
            Turns = 50;
        var writing = Task.WhenAll(
            Enumerable
                .Range(1, Writers)
                .Select(customer =>
                    Task.Run(async () =>
                    {
                        for (var version = 1; version <= Turns; version++)
                            await _store.CommitAsync(Turn(customer, version, "b", Secret));
                    })
                )
        );
        var seen = new List<JournalEntry>();
        while (seen.Count < Writers * Turns)
        {
            var position = seen.Count == 0 ? 0 : seen[^1].Position;
            await _store.WaitForEntriesAsync(position, TimeSpan.FromSeconds(20));
            seen.AddRange(await _store.ReadJournalAsync(position, 13));
        }
        await writing;

        seen.Select(e => e.Position).ShouldBeInOrder();
        seen.Select(e => (e.Customer, e.Version)).Distinct().Count().ShouldBe(Writers * Turns);
        foreach (var one in seen.GroupBy(e => e.Customer))
            one.Select(e => e.Version).ShouldBe(Enumerable.Range(1, Turns));
        seen.ShouldAllBe(e => Text(e.Personal) == Secret);
        (await _store.ReadJournalAsync(0, 5, withPersonal: false)).ShouldAllBe(e => e.Personal.Length == 0);
    }

    [CommonFact]
    public async Task Waiting_for_entries_ends_with_the_next_commit()
    {
        var position = (await _store.CommitAsync(Turn(1, 1))).Position;
        await _store.WaitForEntriesAsync(position - 1, TimeSpan.FromMinutes(5));
        var waiting = _store.WaitForEntriesAsync(position, TimeSpan.FromMinutes(5));
        waiting.IsCompleted.ShouldBeFalse();
        await _store.CommitAsync(Turn(1, 2));
        await waiting;
        await _store.WaitForEntriesAsync(position + 1000, TimeSpan.FromMilliseconds(1));
    }

    [CommonFact]
    public async Task A_customer_is_read_after_a_version_up_to_another_and_the_newest_first_to_count()
    {
        for (var version = 1; version <= 6; version++)
            await _store.CommitAsync(Turn(1, version, $"{version}"));

        (await VersionsAsync()).ShouldBe([1, 2, 3, 4, 5, 6]);
        (await VersionsAsync(afterVersion: 4)).ShouldBe([5, 6]);
        (await VersionsAsync(upToVersion: 3)).ShouldBe([1, 2, 3]);
        (await VersionsAsync(limit: 2)).ShouldBe([5, 6]);
        (await VersionsAsync(afterVersion: 1, upToVersion: 5, limit: 3)).ShouldBe([3, 4, 5]);
        (await _store.ReadCustomerAsync(99)).ShouldBeEmpty();

        async Task<IEnumerable<int>> VersionsAsync(int afterVersion = 0, int upToVersion = 99, int limit = 99) =>
            (await _store.ReadCustomerAsync(1, afterVersion, upToVersion, limit)).Select(entry => entry.Version);
    }

    [CommonFact]
    public async Task A_sealed_snapshot_opens_until_its_customer_is_erased()
    {
        var snapshot = new Snapshot(1, 4, Bytes(Secret));
        var kept = (await _store.SealSnapshotAsync(snapshot))!;
        kept.Body.AsSpan().IndexOf(Bytes(Secret)).ShouldBe(-1);
        (await _store.UnsealSnapshotAsync(kept))!.Body.ShouldBe(snapshot.Body);

        await _store.EraseAsync([1]);

        (await _store.UnsealSnapshotAsync(kept)).ShouldBeNull();
        (await _store.SealSnapshotAsync(snapshot)).ShouldBeNull();
    }

    [CommonFact]
    public async Task Settings_are_kept_replaced_and_removed()
    {
        (await _store.ReadSettingAsync("a")).ShouldBeNull();
        await _store.SaveSettingAsync("a", [1, 2]);
        await _store.SaveSettingAsync("a", []);
        (await _store.ReadSettingAsync("a")).ShouldBe([]);
        await _store.SaveSettingAsync("a", null);
        (await _store.ReadSettingAsync("a")).ShouldBeNull();
        await _store.AuditAsync("key-1", "setting", "a", 5);
    }

    [CommonFact]
    public async Task After_an_erasure_nothing_identifies_the_person()
    {
        await _store.ClaimNamesAsync([new(NameKind.User, Secret, 1, 1), new(NameKind.User, "other", 2, 1)]);
        await _store.CommitAsync(
            new Commit
            {
                Turns =
                [
                    new TurnEntry(1, 1, 1, Bytes("view"), Bytes(Secret)),
                    new TurnEntry(2, 1, 1, Bytes("view"), Bytes("stays")),
                ],
                Due = [new(1, 5), new(2, 6)],
                Outbox = [Message(Guid.NewGuid(), 1), Message(Guid.NewGuid(), 2)],
            }
        );

        var removed = await _store.EraseAsync([1]);

        removed.ShouldBe(
            new Dictionary<string, long>
            {
                ["names"] = 1,
                ["keys"] = 1,
                ["due"] = 1,
                ["outbox"] = 1,
            },
            ignoreOrder: true
        );
        await _store.CommitAsync(Turn(1, 2, "late", Secret)); // A commit that was on its way.
        for (var opened = 0; opened < 2; opened++)
        {
            var record = await _store.ReadCustomerAsync(1);
            record.Select(e => Text(e.Body)).ShouldBe(["view", "late"]);
            record.ShouldAllBe(e => e.Personal.Length == 0);
            (await _store.ReadJournalAsync(0, 10)).Select(e => Text(e.Personal)).ShouldBe(["", "stays", ""]);
            (await _store.FindNameAsync(NameKind.User, Secret)).ShouldBeNull();
            (await _store.NamesOfAsync([1, 2])).Select(n => n.Value).ShouldBe(["other"]);
            (await _store.ReadDueAsync(10, 10)).ShouldBe([(2L, 6L)]);
            (await _store.ReadOutboxAsync(OutboxState.Queued, 10, 10)).Select(m => m.Customer).ShouldBe([2L]);
            await ReopenAsync();
        }
        (await _store.EraseAsync([1])).Values.ShouldAllBe(count => count == 0);
    }

    [CommonFact]
    public async Task Numbers_of_erased_names_are_not_given_again()
    {
        var name = (await _store.ClaimNamesAsync([new(NameKind.User, "gone", 1, 1)]))[0];
        await _store.EraseAsync([1]);
        await ReopenAsync();
        (await _store.ClaimNamesAsync([new(NameKind.User, "gone", 2, 1)]))[0].Number.ShouldBeGreaterThan(name.Number);
    }

    [CommonFact]
    public async Task Of_several_that_make_a_setting_one_value_stands_for_all()
    {
        byte[][] made = [.. Enumerable.Range(1, 20).Select(i => new[] { (byte)i })];
        var standing = await Task.WhenAll(made.Select(one => _store.ReadOrAddSettingAsync("one", one).AsTask()));
        standing.ShouldAllBe(one => one[0] == standing[0][0]);
        (await _store.ReadSettingAsync("one")).ShouldBe(standing[0]);
        var secrets = await Task.WhenAll(made.Select(one => _store.ReadOrAddSecretAsync("two", one).AsTask()));
        secrets.ShouldAllBe(one => one[0] == secrets[0][0]);
        (await _store.ReadSecretAsync("two")).ShouldBe(secrets[0]);
    }

    [CommonFact]
    public async Task Anonymous_ids_need_no_key_of_the_customer_unless_they_may_be_an_address()
    {
        string[] ids = ["7f3a", "maria@shop.test", "Maria Keller"];
        await _store.ClaimNamesAsync([.. ids.Select((id, i) => new NameClaim(NameKind.Anonymous, id, i + 1, 5))]);
        (await _store.NamesOfAsync([1, 2, 3]))
            .Select(name => (name.Kind, name.Value))
            .ShouldBe(ids.Select(id => (NameKind.Anonymous, id)));
        (await _store.FindNameAsync(NameKind.Anonymous, ids[1]))!.Customer.ShouldBe(2);
        var moved = (await _store.FindNameAsync(NameKind.Anonymous, ids[2]))!;
        var move = new Commit { Turns = [], Names = [new NameMove(moved.Number, 3, 4, 6)] };
        (await _store.CommitAsync(move)).Outcome.ShouldBe(CommitOutcome.Committed);
        (await _store.NamesOfAsync([4])).ShouldBe([moved with { Customer = 4, Since = 6 }]);

        (await _store.EraseAsync([1]))["keys"].ShouldBe(0);
        (await _store.EraseAsync([2]))["keys"].ShouldBe(1);
        (await _store.EraseAsync([4]))["keys"].ShouldBe(1);
    }

    [CommonFact]
    public async Task Read_models_move_only_from_the_position_they_are_at()
    {
        var views = _store.ReadModels;
        await views.SaveAsync(Change(0, 10, customers: 1));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await views.SaveAsync(Change(0, 10, customers: 1)));
        await views.SaveAsync(Change(10, 12, customers: 2));

        (await views.StatisticsAsync()).ShouldBe(new Statistics(3, 0, 0, 0, 0, 0, 0, 0, 12));
        await ReopenAsync();
        (await _store.ReadModels.PositionAsync()).ShouldBe(12);
        await _store.ReadModels.ResetAsync();
        (await _store.ReadModels.StatisticsAsync()).ShouldBe(new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0));
        (await _store.ReadModels.ListCustomersAsync(new CustomerFilter(), 0, 10)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task What_came_from_a_source_adds_up_by_day()
    {
        var views = _store.ReadModels;
        SourceDay[] first = [new(20_000, "google\tcpc\t", 2, 1, 1, 500, 1, 500), new(20_001, "", 3, 0, 0, 0, 0, 0)];
        SourceDay[] second = [new(20_000, "google\tcpc\t", 1, 0, 1, 100, 0, 0), new(20_009, "", 1, 1, 0, 0, 0, 0)];
        await views.SaveAsync(
            new ReadModelChange
            {
                FromPosition = 0,
                ToPosition = 1,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Sources = first,
                Customers = [Customer(1, true, 0) with { Visit = 7, FirstSource = "google\tcpc\t", LastSource = "news\t\t" }],
            }
        );
        await views.SaveAsync(
            new ReadModelChange
            {
                FromPosition = 1,
                ToPosition = 2,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Sources = second,
                Customers = [],
            }
        );
        (await views.SourceDaysAsync(20_000, 20_001))
            .OrderBy(day => day.Day)
            .ShouldBe([new SourceDay(20_000, "google\tcpc\t", 3, 1, 2, 600, 1, 500), first[1]]);
        (await views.CustomersAsync([1]))[1]
            .ShouldBe(Customer(1, true, 0) with { Visit = 7, FirstSource = "google\tcpc\t", LastSource = "news\t\t" });
        await views.ResetAsync();
        (await views.SourceDaysAsync(0, 30_000)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task What_became_of_recommendations_adds_up_by_day_and_kind_of_answer()
    {
        var views = _store.ReadModels;
        var home = new RecommendationDay(20_000, 0, uint.MaxValue, 1, false);
        var robots = home with { IsMachine = true, Clicked = 9 };
        for (var position = 0; position < 2; position++)
            await views.SaveAsync(
                new ReadModelChange
                {
                    FromPosition = position,
                    ToPosition = position + 1,
                    Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                    Customers = [],
                    Recommendations =
                    [
                        home with
                        {
                            Shown = 1,
                            ShownItems = 4,
                            Clicked = 2,
                            Carted = 3,
                            Orders = 5,
                            Revenue = 6_000_000_000_000_000_000,
                            ClaimedOrders = 7,
                            ClaimedRevenue = -8,
                        },
                        .. position == 0 ? [robots, home with { Day = 20_001, Orders = 1 }] : Array.Empty<RecommendationDay>(),
                    ],
                }
            );
        (await views.RecommendationDaysAsync(20_000, 20_000))
            .OrderBy(day => day.IsMachine)
            .ShouldBe([
                home with
                {
                    Shown = 2,
                    ShownItems = 8,
                    Clicked = 4,
                    Carted = 6,
                    Orders = 10,
                    Revenue = 9_000_000_000_000_000_000,
                    ClaimedOrders = 14,
                    ClaimedRevenue = -16,
                },
                robots,
            ]);
        await views.ResetAsync();
        (await views.RecommendationDaysAsync(0, 30_000)).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Answers_add_up_by_day_and_what_made_them()
    {
        var home = new AnswerDay(20_000, 0, uint.MaxValue, 1, 4);
        await _store.AddAnswersAsync([home, home with { Day = 20_001 }]);
        await _store.AddAnswersAsync([home, home with { Placement = 2 }]);
        (await _store.AnswerDaysAsync(20_000, 20_000))
            .OrderBy(day => day.Placement)
            .ShouldBe([home with { Answers = 2, Items = 8 }, home with { Placement = 2 }]);
    }

    [CommonFact]
    public async Task Customers_in_experiments_are_kept_moved_and_summed_by_variant()
    {
        var views = _store.ReadModels;
        var (one, two) = (new ExposureRow(1, "e", 5, 0, 10, 2, 7_000), new ExposureRow(2, "e", 5, 1, 11));
        ReadModelChange Step(long from, ExposureRow[] rows, params long[] removed) =>
            new()
            {
                FromPosition = from,
                ToPosition = from + 1,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Customers = [],
                Exposures = rows,
                RemovedExposures = removed,
            };
        await views.SaveAsync(Step(0, [one, two, one with { Begun = 6 }, one with { Customer = 3, Revenue = long.MaxValue }]));
        (await views.ExposuresAsync([1, 9])).OrderBy(row => row.Begun).ShouldBe([one, one with { Begun = 6 }]);
        (await views.ExperimentAsync("e", 5))
            .OrderBy(variant => variant.Variant)
            .ShouldBe([new VariantTotals(0, 2, 2, 4, 9_000_000_000_000_000_000), new VariantTotals(1, 1, 0, 0, 0)]);
        await views.SaveAsync(Step(1, [one with { Customer = 2, Orders = 3 }, one with { Customer = 3, Revenue = 0 }], 1));
        (await views.ExposuresAsync([1])).ShouldBeEmpty();
        (await views.ExperimentAsync("e", 5)).ShouldBe([new VariantTotals(0, 2, 2, 5, 7_000)]);
        await views.ResetAsync();
        (await views.ExperimentAsync("e", 5)).ShouldBeEmpty();
    }

    static ReadModelChange Change(long from, long to, long customers) =>
        new()
        {
            FromPosition = from,
            ToPosition = to,
            Add = new Statistics(customers, 0, 0, 0, 0, 0, 0, 0, 0),
            Customers = [Customer(from + 1, known: true, orders: 0)],
        };

    static CustomerRow Customer(long number, bool known, int orders) => new(number, known, 1, 2, 3, orders, 5, 6, 7, 8);

    [CommonFact]
    public async Task Customers_are_listed_by_number_and_filter()
    {
        var views = _store.ReadModels;
        await views.SaveAsync(
            new ReadModelChange
            {
                FromPosition = 0,
                ToPosition = 1,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Customers = [Customer(-3, true, 0), Customer(5, false, 2), Customer(9, true, 1), Customer(11, true, 0)],
            }
        );
        await views.SaveAsync(
            new ReadModelChange
            {
                FromPosition = 1,
                ToPosition = 2,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Customers = [Customer(5, true, 3)],
                RemovedCustomers = [11],
            }
        );
        async Task<IEnumerable<long>> List(CustomerFilter filter, long after, int limit) =>
            (await views.ListCustomersAsync(filter, after, limit)).Select(c => c.Customer);
        (await List(new(), long.MinValue, 10)).ShouldBe([-3L, 5, 9]);
        (await List(new(), 5, 10)).ShouldBe([9L]);
        (await List(new(Buyers: true), long.MinValue, 1)).ShouldBe([5L]);
        (await List(new(Buyers: false), long.MinValue, 5)).ShouldBe([-3L]);
        (await List(new(Known: false), long.MinValue, 5)).ShouldBeEmpty();
        (await views.CustomersAsync([5, 11])).Values.ShouldBe([Customer(5, true, 3)]);
    }

    [CommonFact]
    public async Task Problems_of_a_day_add_up_whoever_counts_them_and_old_days_are_forgotten()
    {
        static IngestionProblem Bad(string field, long at) => new("track", "not-a-time", field, 2, at, at, "9999-99");
        static IngestionProblemQuery All(string? field = null, (string, string, string)? after = null) =>
            new(null, field, 0, 1000, after, 2);

        await _store.AddIngestionProblemsAsync(10, [Bad("old", 1)], 0);
        await _store.AddIngestionProblemsAsync(40, [Bad("timestamp", 5), Bad("sentAt", 6)], 11);
        await _store.AddIngestionProblemsAsync(40, [Bad("timestamp", 3)], 11);
        await _store.AddIngestionProblemsAsync(41, [Bad("timestamp", 9) with { Example = "aaa" }, Bad("x", 9)], 11);

        var first = await _store.ReadIngestionProblemsAsync(All());
        first.ShouldBe([
            new("track", "not-a-time", "sentAt", 2, 6, 6, "9999-99"),
            new("track", "not-a-time", "timestamp", 6, 3, 9, "aaa"),
        ]);
        var second = await _store.ReadIngestionProblemsAsync(All(after: ("track", "not-a-time", "timestamp")));
        second.ShouldHaveSingleItem().Field.ShouldBe("x");
        (await _store.ReadIngestionProblemsAsync(All("sentAt"))).ShouldHaveSingleItem().Count.ShouldBe(2);
        (await _store.ReadIngestionProblemsAsync(All("sentAt") with { FromDay = 41 })).ShouldBeEmpty();
    }

    [CommonFact]
    public async Task Warnings_are_listed_by_money_then_risk_in_pages()
    {
        var views = _store.ReadModels;
        WarningRow Row(long money, float risk, byte status = 0, byte policy = 1, long customer = 1) =>
            new(Guid.NewGuid(), customer, policy, risk, money, "Because", "m1", 5, status, 0);
        WarningRow[] rows =
        [
            Row(100, 0.1f),
            Row(300, 0.3f),
            Row(300, 0.7f),
            Row(200, 0.1f, status: 3),
            Row(200, 0.1f, policy: 2),
            Row(200, 0.1f, customer: 2),
        ];
        await views.SaveAsync(
            new ReadModelChange
            {
                FromPosition = 0,
                ToPosition = 1,
                Add = new Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0),
                Customers = [],
                Warnings = rows,
            }
        );

        foreach (
            var filter in new WarningFilter[] { new(), new(null), new(false), new(Policy: 1), new(Customer: 1), new(null, 2, 1) }
        )
        {
            var paged = new List<WarningRow>();
            while (true)
            {
                var page = await views.ListWarningsAsync(filter, paged.LastOrDefault(), 2);
                paged.AddRange(page);
                if (page.Count < 2)
                    break;
            }
            paged.ShouldBe(
                rows.Where(w => filter.Open is null || filter.Open == (w.Status == 0))
                    .Where(w => filter.Policy is null || filter.Policy == w.Policy)
                    .Where(w => filter.Customer is null || filter.Customer == w.Customer)
                    .OrderByDescending(w => w.MoneyAtRisk)
                    .ThenByDescending(w => w.Risk)
                    .ThenBy(w => w.Warning.ToString("N"), StringComparer.Ordinal)
            );
        }
        (await views.WarningsAsync([rows[0].Warning, Guid.NewGuid()])).Values.ShouldBe([rows[0]]);
    }

    static DocumentEdit Edit(string? json, int? expected = null, string id = "home") =>
        new("rules", id, json, "ana", 1_000, expected);

    [CommonFact]
    public async Task Documents_keep_every_version_and_only_the_one_that_was_read_is_replaced()
    {
        (await _store.SaveDocumentAsync(Edit(null))).ShouldBe((null, false), "there is nothing to remove");
        var (first, isSaved) = await _store.SaveDocumentAsync(Edit("{}", expected: 0));
        (isSaved, first!.Version, first.Json, first.ChangedBy, first.ChangedAt).ShouldBe((true, 1, "{}", "ana", 1_000));
        (await _store.SaveDocumentAsync(Edit("[]", expected: 0))).ShouldBe((first, false));
        var both = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => _store.SaveDocumentAsync(Edit($"{i}", expected: 1)).AsTask())
        );
        both.Count(one => one.IsSaved).ShouldBe(1, "one of those who read version 1");
        await _store.SaveDocumentAsync(Edit("7", id: "cart"));
        (await _store.SaveDocumentAsync(Edit(null, expected: 2))).IsSaved.ShouldBeTrue();

        await ReopenAsync();

        (await _store.ReadVersionsAsync("rules", "home"))
            .Select(one => (one.Version, one.Json is null))
            .ShouldBe([(3, true), (2, false), (1, false)]);
        (await _store.FindVersionAsync("rules", "home", 1)).ShouldBe(first);
        (await _store.FindVersionAsync("rules", "home", 9)).ShouldBeNull();
        (await _store.ReadDocumentsAsync("rules")).Select(one => (one.Id, one.Json)).ShouldBe([("cart", "7")]);
        var changes = await _store.ReadDocumentChangesAsync(first.Change, 10);
        changes.Select(one => (one.Id, one.Version)).ShouldBe([("home", 2), ("cart", 1), ("home", 3)]);
        (await _store.SaveDocumentAsync(Edit("8", expected: 0))).Present!.Version.ShouldBe(
            4,
            "a removed one is none to a reader"
        );
    }
}

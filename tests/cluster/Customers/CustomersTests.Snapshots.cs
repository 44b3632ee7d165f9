using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Support;
using Shouldly;

namespace Personalization.Tests.Cluster.Customers;

public abstract partial class CustomersTests
{
    static readonly int SnapshotEvery = new CustomerOptions().SnapshotEvery;

    async Task RecordEntriesAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await Record(1, Event(EventKind.ProductAdded, 1 + i % 9));
    }

    [CommonFact]
    public async Task A_snapshot_is_written_when_the_customer_leaves_memory_and_read_when_it_comes_back()
    {
        await RecordEntriesAsync(SnapshotEvery);
        Silos.Storage.Writes.ShouldBe(0);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 1);

        await RecordEntriesAsync(1);
        await Silos.DeactivateAllAsync();
        (await Seen(1)).ShouldBe(await Replayed(1));
        Silos.Storage.Reads.ShouldBe(2, "both times the history was long enough to have one");
        Silos.Storage.Writes.ShouldBe(1, "one entry more is not worth another");
    }

    [CommonFact]
    public async Task A_customer_with_fewer_entries_never_touches_the_storage_of_snapshots()
    {
        await RecordEntriesAsync(SnapshotEvery - 1);
        for (var times = 0; times < 2; times++)
        {
            await Silos.DeactivateAllAsync();
            (await Customer(1).ReadAsync()).Events.ShouldBe(SnapshotEvery - 1);
        }
        (Silos.Storage.Reads, Silos.Storage.Writes).ShouldBe((0, 0));
    }

    [CommonFact]
    public async Task A_damaged_snapshot_is_passed_over_and_replaced()
    {
        await RecordEntriesAsync(SnapshotEvery + 5);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 1);
        foreach (var damaged in new byte[][] { [], [7], [0, 30, 0, 0, 0], [1, 30, 0, 0, 0, 1, 2, 3], [0, 30, 0, 0, 0, 99, 99] })
        {
            await DamageAsync(damaged);
            await RecordEntriesAsync(1);
            (await Seen(1)).ShouldBe(await Replayed(1));
            await Silos.DeactivateAllAsync();
        }
        await UntilAsync(() => Silos.Storage.Writes == 6);
    }

    async Task DamageAsync(byte[] payload)
    {
        await using var command = Tables.CreateCommand("UPDATE grain_state SET payload = @payload WHERE n1 = 1");
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@payload", payload);
        command.Parameters.Add(parameter);
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    [CommonFact]
    public async Task A_customer_who_absorbed_one_with_a_damaged_entry_gets_no_snapshot_and_is_set_aside()
    {
        await Record(2, Event(EventKind.ProductAdded, 3, name: 2));
        var damaged = new TurnEntry(2, 2, Now, new byte[] { 0xFF, 0xFF, 0xFF }, default);
        (await Store.CommitAsync(new Commit { Turns = [damaged] })).Outcome.ShouldBe(CommitOutcome.Committed);
        await Record(1, Event(EventKind.ProductAdded, 4));
        (await Customer(1).MergeAsync(2, "ana")).ShouldBe(MergeOutcome.Merged);
        await RecordEntriesAsync(SnapshotEvery);
        await Silos.DeactivateAllAsync();
        (await Customer(1).ReadAsync()).Events.ShouldBe(SnapshotEvery + 2);
        Silos.Storage.Writes.ShouldBe(0);
        (await Store.ReadQuarantineAsync(QuarantineKind.History, 0, 10)).ShouldContain(item => item.Customer == 1);
        (await Should.ThrowAsync<InvalidDataException>(async () => await Store.AbsorbedAsync(1))).Message.ShouldContain(
            "of customer 2"
        );
    }

    [CommonFact]
    public async Task Erasing_somebody_removes_the_snapshot()
    {
        await RecordEntriesAsync(SnapshotEvery);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 1);
        (await Customer(1).EraseAsync("ana")).ShouldBe(1);
        await using var command = Tables.CreateCommand("SELECT count(*) FROM grain_state");
        Convert.ToInt32(await command.ExecuteScalarAsync()).ShouldBe(0);
    }

    [CommonFact]
    public async Task A_customer_with_exactly_as_many_entries_as_make_a_snapshot_reads_it()
    {
        await RecordEntriesAsync(SnapshotEvery);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 1);
        await Customer(1).ReadAsync();
        Silos.Storage.Reads.ShouldBe(1);
        await RecordEntriesAsync(SnapshotEvery);
        await Silos.DeactivateAllAsync();
        await UntilAsync(() => Silos.Storage.Writes == 2);
    }
}

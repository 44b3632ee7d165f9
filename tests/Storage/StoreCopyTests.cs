using Personalization.Codec;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage.Sqlite;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Storage;

public sealed class StoreCopyTests : IDisposable
{
    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    static Tracked View(long time, int product, string? url = null) =>
        new()
        {
            Time = time,
            Kind = EventKind.ProductViewed,
            Lines = [new OrderLine(product, 1, 0)],
            Received = 900,
            Personal = url is null ? null : new PersonalPart { Url = url },
        };

    static TurnEntry Turn(long customer, int version, params CustomerEvent[] events)
    {
        using ByteWriter body = new(),
            personal = new();
        EventCodec.Write(events, body, personal);
        return new TurnEntry(customer, version, 900, body.ToArray(), personal.ToArray());
    }

    static List<CustomerEvent> Events(IReadOnlyList<JournalEntry> record) =>
        [.. record.SelectMany(e => EventCodec.Read(e.Body, e.Personal))];

    Task<SqliteStore> OpenAsync(string name) =>
        SqliteStore.OpenAsync(new StoreOptions { DataDirectory = _directory.Beside(name) }, TimeProvider.System);

    [Fact]
    public async Task A_copy_holds_what_was_before_the_time_and_nothing_else()
    {
        await using var source = await OpenAsync("source");
        var numbers = await source.ProductNumbersAsync(["p", "q"]);
        await source.SaveProductsAsync([(numbers[0], [1, 2])]);
        await source.CommitAsync(
            new Commit
            {
                Turns =
                [
                    Turn(1, 1, View(10, 1, "https://shop/p"), View(120, 2)),
                    Turn(1, 2, View(100, 1)),
                    Turn(
                        1,
                        3,
                        View(99, 2),
                        new ConsentChanged
                        {
                            Time = 130,
                            Channel = "email",
                            Topic = "*",
                            Granted = true,
                            Origin = "page",
                        }
                    ),
                    Turn(2, 1, View(200, 1)),
                ],
            }
        );

        await using var copy = await StoreCopy.CopyAsync(source, _directory.Beside("copy"), 100, TimeProvider.System);

        var record = await copy.ReadCustomerAsync(1);
        record.Select(e => e.Version).ShouldBe([1, 2]);
        record.ShouldAllBe(e => e.Time < 100);
        Events(record)
            .Cast<Tracked>()
            .Select(e => (e.Time, e.Lines[0].Product, e.Personal?.Url))
            .ShouldBe([(10L, 1, "https://shop/p"), (99L, 2, null)]);
        (await copy.ReadCustomerAsync(2)).ShouldBeEmpty();
        (await copy.ReadDueAsync(long.MaxValue, 10)).ShouldBe([(1L, 99L)]);
        (await copy.ProductNumbersAsync(["q", "p", "r"])).ShouldBe([numbers[1], numbers[0], 3]);
        (await copy.ReadProductsAsync(0, 10)).Single(p => p.Id == "p").Body.ShouldBe([1, 2]);
        (await source.ReadCustomerAsync(1)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Names_that_moved_later_are_where_they_were()
    {
        await using var source = await OpenAsync("source");
        var names = await source.ClaimNamesAsync([
            new(NameKind.User, "u", 1, 5),
            new(NameKind.Anonymous, "a", 2, 5),
            new(NameKind.Anonymous, "b", 3, 5),
        ]);
        Commit Join(int version, long time, BoundName name) =>
            new()
            {
                Turns =
                [
                    Turn(
                        1,
                        version,
                        new Merged
                        {
                            Time = time,
                            Source = name.Customer,
                            UpToVersion = 0,
                            Names = [name.Number],
                        }
                    ),
                ],
                Names = [new NameMove(name.Number, name.Customer, 1, time)],
            };
        await source.CommitAsync(Join(1, 50, names[1]));
        await source.CommitAsync(Join(2, 150, names[2]));

        await using var copy = await StoreCopy.CopyAsync(source, _directory.Beside("copy"), 100, TimeProvider.System);

        (await copy.ReadNamesAsync(0, 10))
            .Select(n => (n.Number, n.Customer))
            .ShouldBe([(names[0].Number, 1L), (names[1].Number, 1L), (names[2].Number, 3L)]);
        Events(await copy.ReadCustomerAsync(1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_history_longer_than_a_batch_is_copied_whole()
    {
        await using var source = await OpenAsync("source");
        for (var version = 1; version <= 2_500; version += 500)
            await source.CommitAsync(
                new Commit { Turns = [.. Enumerable.Range(version, 500).Select(v => Turn(7, v, View(v, 1, $"u{v}")))] }
            );

        await using var copy = await StoreCopy.CopyAsync(source, _directory.Beside("copy"), 2_401, TimeProvider.System);

        Events(await copy.ReadCustomerAsync(7))
            .Cast<Tracked>()
            .Select(e => e.Personal!.Url)
            .ShouldBe(Enumerable.Range(1, 2_400).Select(v => $"u{v}"));
    }

    [Fact]
    public async Task A_directory_that_holds_a_store_is_not_copied_into()
    {
        await using var source = await OpenAsync("source");
        await using (await OpenAsync("copy")) { }
        await Should.ThrowAsync<StoreUnavailableException>(() =>
            StoreCopy.CopyAsync(source, _directory.Beside("copy"), 100, TimeProvider.System)
        );
    }
}

using System.Text;
using Microsoft.Data.Sqlite;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Storage;

/// <summary>What customers are called cannot be read in a copy of the database, nor tried out.</summary>
public sealed class SealedNameTests : IDisposable
{
    const string Name = "zz-maria-keller";

    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    Task<IStore> OpenAsync() => Stores.OpenAsync(new StoreOptions { DataDirectory = _directory.Path }, TimeProvider.System);

    [Fact]
    public async Task No_file_tells_a_name_and_the_store_finds_it_again()
    {
        await using (var store = await OpenAsync())
        {
            await store.ClaimNamesAsync([new(NameKind.User, Name, 1, 5)]);
            Told().ShouldBeFalse();
        }
        await using var again = await OpenAsync();
        var found = (await again.FindNameAsync(NameKind.User, Name))!;
        found.ShouldBe(new BoundName(found.Number, NameKind.User, Name, 1, 5));
        (await again.NamesOfAsync([1])).ShouldBe([found]);
        (await again.FindNameAsync(NameKind.Anonymous, Name)).ShouldBeNull();
        Told().ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_moves_is_sealed_for_whom_it_moves_to()
    {
        await using var store = await OpenAsync();
        var name = (await store.ClaimNamesAsync([new(NameKind.User, Name, 1, 5)]))[0];
        var move = new Commit { Turns = [], Names = [new NameMove(name.Number, 1, 2, 6)] };
        (await store.CommitAsync(move)).Outcome.ShouldBe(CommitOutcome.Committed);
        await store.EraseAsync([1]);
        (await store.NamesOfAsync([2])).ShouldBe([name with { Customer = 2, Since = 6 }]);
        await store.EraseAsync([2]);
        (await store.FindNameAsync(NameKind.User, Name)).ShouldBeNull();
    }

    [Fact]
    public async Task Names_of_an_earlier_version_are_sealed_at_the_next_start_and_keep_their_numbers()
    {
        await using (var store = await OpenAsync())
            await store.ClaimNamesAsync([new(NameKind.User, "first", 1, 1)]);
        Write($"INSERT INTO name (number, kind, value, customer, since) VALUES (41, 1, '{Name}', 7, 3), (42, 2, 'b', 8, 4)");
        Told().ShouldBeTrue();

        await using var again = await OpenAsync();

        Told().ShouldBeFalse();
        (await again.FindNameAsync(NameKind.User, Name)).ShouldBe(new BoundName(41, NameKind.User, Name, 7, 3));
        (await again.NamesOfAsync([8])).ShouldBe([new BoundName(42, NameKind.Anonymous, "b", 8, 4)]);
        (await again.ClaimNamesAsync([new(NameKind.User, "next", 9, 1)]))[0].Number.ShouldBeGreaterThan(42);
    }

    /// <summary>The last batch was sealed and the process died before the log of writes was emptied.</summary>
    [Fact]
    public async Task Names_of_an_earlier_version_that_a_crash_left_in_the_log_of_writes_are_gone_after_the_next_start()
    {
        await using (var store = await OpenAsync())
            await store.ClaimNamesAsync([new(NameKind.User, "first", 1, 1)]);
        var journal = Path.Combine(_directory.Path, "journal.db");
        using (var database = new SqliteConnection($"Data Source={journal};Pooling=false"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = $"""
                PRAGMA secure_delete = ON;
                INSERT INTO name (number, kind, value, customer, since) VALUES (41, 1, '{Name}', 7, 3);
                DELETE FROM name;
                """;
            command.ExecuteNonQuery();
            File.Copy(journal, journal + ".crashed");
            File.Copy(journal + "-wal", journal + ".crashed-wal");
        }
        File.Move(journal + ".crashed", journal, overwrite: true);
        File.Move(journal + ".crashed-wal", journal + "-wal", overwrite: true);
        Told().ShouldBeTrue();

        await using var again = await OpenAsync();

        Told().ShouldBeFalse();
    }

    void Write(string sql)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(_directory.Path, "journal.db")};Pooling=false");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Whether any file in the directory, write-ahead logs included, has the name.</summary>
    bool Told() =>
        Directory
            .GetFiles(_directory.Path, "*.db*")
            .Any(path =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var bytes = new MemoryStream();
                file.CopyTo(bytes);
                return Encoding.Latin1.GetString(bytes.ToArray()).Contains(Name, StringComparison.Ordinal);
            });
}

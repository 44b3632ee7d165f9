using Personalization.Hosting;
using Personalization.Storage.Files;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>Other users of the machine read nothing of the shop's: files are 600 in directories of 700.</summary>
public sealed class PrivateFilesTests : IDisposable
{
    const UnixFileMode Others = (UnixFileMode)0b000_111_111;
    const UnixFileMode Open = (UnixFileMode)0b110_100_100;
    const UnixFileMode OpenDirectory = (UnixFileMode)0b111_101_101;

    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task All_that_a_server_writes_is_for_its_own_user_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using (var server = await TestServer.StartAsync(_directory.Path))
        {
            await server.PostAsync("/v1/identify", """{"userId":"u1","traits":{"email":"u1@example.org"}}""");
            var written = Directory.GetFileSystemEntries(_directory.Path).Select(path => Path.GetFileName(path)).ToArray();
            written.ShouldContain("journal.db-wal");
            ShouldBeClosed(written);
        }
        File.GetUnixFileMode(_directory.Path + ".master.key").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task What_an_earlier_version_left_open_is_closed_at_the_start_and_the_shops_own_files_are_left_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await (await TestServer.StartAsync(_directory.Path)).DisposeAsync();
        foreach (var folder in new[] { "", "pickup", "templates", "models/churn" })
            Directory.CreateDirectory(Path.Combine(_directory.Path, folder), OpenDirectory);
        string[] files = ["journal.db", "pickup/a.eml", "models/churn/current", "templates/own.txt", "../data.master.key"];
        foreach (var file in files.Select(file => Path.Combine(_directory.Path, file)))
        {
            File.AppendAllText(file, "");
            File.SetUnixFileMode(file, Open);
        }
        File.SetUnixFileMode(_directory.Path, OpenDirectory);
        File.SetUnixFileMode(Path.Combine(_directory.Path, "pickup"), OpenDirectory);

        await (await TestServer.StartAsync(_directory.Path)).DisposeAsync();

        ShouldBeClosed("journal.db", "pickup", "pickup/a.eml", "models/churn/current", "../data.master.key");
        File.GetUnixFileMode(Path.Combine(_directory.Path, "templates/own.txt")).ShouldBe(Open);
    }

    [Fact]
    public void A_directory_of_anything_else_is_not_touched_by_closing_names_in_it()
    {
        if (OperatingSystem.IsWindows())
            return;
        var other = Path.Combine(_directory.Path, "other.txt");
        Directory.CreateDirectory(_directory.Path);
        File.WriteAllText(other, "");
        File.SetUnixFileMode(other, Open);
        PrivateFiles.Close(_directory.Path, ["*.db"]);
        PrivateFiles.Close(Path.Combine(_directory.Path, "absent"), ["*.db"]);
        File.GetUnixFileMode(other).ShouldBe(Open);
    }

    [Fact]
    public async Task A_copy_of_another_time_whose_server_was_killed_is_swept_and_one_in_use_is_not()
    {
        var killed = Directory.CreateTempSubdirectory("personalization-as-of-").FullName;
        await File.WriteAllTextAsync(Path.Combine(killed, "owner"), "");
        await File.WriteAllTextAsync(Path.Combine(killed, "data.master.key"), "secret");
        var older = Directory.CreateTempSubdirectory("personalization-as-of-").FullName;
        Directory.CreateDirectory(Path.Combine(older, "data"));
        await File.WriteAllTextAsync(Path.Combine(older, "data", "lock"), "");
        var beingMade = Directory.CreateTempSubdirectory("personalization-as-of-").FullName;
        var inUse = ScratchCopy.New();
        try
        {
            await (await TestServer.StartAsync(_directory.Path)).DisposeAsync();
            Directory.Exists(killed).ShouldBeFalse();
            Directory.Exists(older).ShouldBeFalse();
            Directory.Exists(beingMade).ShouldBeTrue();
            Directory.Exists(Path.GetDirectoryName(inUse.Folder)).ShouldBeTrue();
        }
        finally
        {
            inUse.Drop();
            Directory.Delete(beingMade);
        }
    }

    void ShouldBeClosed(params string[] names)
    {
        foreach (var name in names.Prepend(""))
            if (!OperatingSystem.IsWindows())
                (File.GetUnixFileMode(Path.Combine(_directory.Path, name)) & Others).ShouldBe(UnixFileMode.None, name);
    }
}

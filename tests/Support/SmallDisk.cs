using System.Diagnostics;
using Xunit;

namespace Personalization.Support;

/// <summary>A file system in memory of a few megabytes, for what a test wants to fill up. Only a privileged user may make one.</summary>
public sealed class SmallDisk : IDisposable
{
    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("personalization-disk-");

    public SmallDisk(int megabytes) =>
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=700", "tmpfs", _directory.FullName);

    public string Path => _directory.FullName;

    string Filling => System.IO.Path.Combine(Path, "filling");

    /// <summary>Leaves nothing free.</summary>
    public void Fill()
    {
        using var file = File.Create(Filling);
        var page = new byte[1 << 12];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public void Empty() => File.Delete(Filling);

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", Path);
        _directory.Delete();
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");
    }
}

/// <summary>A fact that needs to mount file systems: skipped where the user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrivilegedFactAttribute : FactAttribute
{
    static readonly Lazy<bool> MayMount = new(() =>
    {
        try
        {
            new SmallDisk(megabytes: 1).Dispose();
            return true;
        }
        catch (Exception refused) when (refused is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public PrivilegedFactAttribute()
    {
        if (!MayMount.Value)
            Skip = "File systems cannot be mounted by this user.";
    }
}

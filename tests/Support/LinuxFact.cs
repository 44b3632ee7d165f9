using Xunit;

namespace Personalization.Support;

/// <summary>A test that reads the memory of a process from /proc.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "The memory of a process is read from /proc, which only Linux has.";
    }
}

using Xunit;

namespace Personalization.Tests.Import;

/// <summary>Real data beside the checkout, where there is any.</summary>
static class SharedData
{
    /// <summary>The file's path, or null where the folder is absent.</summary>
    public static string? Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", file);
            if (File.Exists(path))
                return path;
        }
        return null;
    }
}

/// <summary>A test that needs a file of <c>shared/data</c>, and is skipped with a word where it is absent.</summary>
sealed class NeedsDataFactAttribute : FactAttribute
{
    public NeedsDataFactAttribute(string file)
    {
        if (SharedData.Find(file) is null)
            Skip = $"shared/data/{file} is not on this machine.";
    }
}

using Xunit.Abstractions;

namespace Personalization.Tests.Models;

/// <summary>Real data in the folder shared/data beside the checkout, where there is one.</summary>
internal static class ReferenceData
{
    /// <summary>Null, and a word why, where the file is absent.</summary>
    public static string? Find(string name, ITestOutputHelper output)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", name);
            if (File.Exists(path))
                return path;
        }
        output.WriteLine($"Skipped: shared/data/{name} is not there.");
        return null;
    }
}

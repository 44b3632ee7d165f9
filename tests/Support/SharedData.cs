namespace Personalization.Support;

/// <summary>Real data beside the checkout (shared/data), which some tests need.</summary>
public static class SharedData
{
    /// <summary>The file's path, or null where it is not there.</summary>
    public static string? Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "data", name) is var file && File.Exists(file))
                return file;
        return null;
    }
}

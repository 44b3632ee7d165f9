using Xunit;

namespace Personalization.Support;

/// <summary>Real data beside the checkout (shared/data), which some tests need.</summary>
public static class SharedData
{
    /// <summary>The file's path.</summary>
    /// <exception cref="FileNotFoundException">It is not there; tests that need it name it, and are skipped then.</exception>
    public static string Path(string name) => Find(name) ?? throw new FileNotFoundException(Missing(name));

    /// <summary>Why a test that needs files is skipped; null where all of them are there.</summary>
    internal static string? Reason(string[] names) =>
        names.FirstOrDefault(name => Find(name) is null) is { } name ? Missing(name) : null;

    static string Missing(string name) => $"shared/data/{name} is not beside the checkout.";

    static string? Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.Path.Combine(folder.FullName, "shared", "data", name) is var file && File.Exists(file))
                return file;
        return null;
    }
}

/// <summary>A test that needs files of shared/data, and is skipped with a reason where one is absent.</summary>
public sealed class NeedsDataFactAttribute : FactAttribute
{
    public NeedsDataFactAttribute(params string[] files) => Skip = SharedData.Reason(files);
}

/// <summary>The same for a theory.</summary>
public sealed class NeedsDataTheoryAttribute : TheoryAttribute
{
    public NeedsDataTheoryAttribute(params string[] files) => Skip = SharedData.Reason(files);
}

/// <summary>A test that needs PostgreSQL's programs, and is skipped with a reason where they are not installed.</summary>
public sealed class NeedsPostgresFactAttribute : FactAttribute
{
    public NeedsPostgresFactAttribute() =>
        Skip = TestPostgres.Programs is null ? "PostgreSQL is not installed on this machine." : null;
}

using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>A customer's behaviour is plain code: what hosts it stays at the edge.</summary>
public sealed partial class PlainCodeTests
{
    /// <summary>It holds the storage that grains keep snapshots in.</summary>
    const string Exception = "CustomerHost.cs";

    [Fact]
    public void In_grains_only_grains_and_attributes_of_serialization_name_Orleans()
    {
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../grains"));
        var files = Directory
            .GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).StartsWith("obj", StringComparison.Ordinal))
            .ToList();
        files.Count.ShouldBeGreaterThan(100);
        var named = files
            .Where(file => !Path.GetFileName(file).Contains("Grain", StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file) != Exception)
            .SelectMany(file =>
                File.ReadLines(file).Where(line => Orleans().IsMatch(Code(line))).Select(line => $"{file}: {line}")
            );
        named.ShouldBeEmpty();
    }

    static string Code(string line) => line.Contains("//") ? line[..line.IndexOf("//", StringComparison.Ordinal)] : line;

    static string Here([CallerFilePath] string file = "") => file;

    /// <summary>Its namespaces, and those of its types that are named without them.</summary>
    [GeneratedRegex(@"\b(Orleans|Grain|IGrain\w*|GrainId|GrainReference|GrainState|SiloAddress)\b")]
    private static partial Regex Orleans();
}

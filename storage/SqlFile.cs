using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Personalization.Storage;

/// <summary>
/// A file of SQL inside this assembly: sections that begin with <c>-- name: find-name</c>. What stands before the first
/// section is comment.
/// </summary>
sealed partial class SqlFile
{
    const string Mark = "-- name:";
    readonly FrozenDictionary<string, string> _queries;

    SqlFile(FrozenDictionary<string, string> queries) => _queries = queries;

    public string this[string name] =>
        _queries.TryGetValue(name, out var query) ? query : throw new KeyNotFoundException($"There is no query named {name}.");

    /// <param name="files">Their paths below the storage folder, for instance "Sqlite/journal.sql".</param>
    public static SqlFile Load(params ReadOnlySpan<string> files)
    {
        var queries = new Dictionary<string, string>();
        foreach (var file in files)
        foreach (var (name, text) in Sections(file))
            queries.Add(name, text);
        return new SqlFile(queries.ToFrozenDictionary());
    }

    /// <summary>The sections of a file without comment lines, by the names they begin with.</summary>
    public static IEnumerable<(string Name, string Text)> Sections(string file)
    {
        foreach (var section in ReadText(file).Split(Mark).Skip(1))
        {
            var end = section.IndexOf('\n');
            var lines = section[end..].Split('\n').Where(line => !line.StartsWith("--", StringComparison.Ordinal));
            yield return (section[..end].Trim(), string.Join('\n', lines).Trim());
        }
    }

    /// <summary>The same for PostgreSQL, where parameters have numbers: in the order in which their names first appear.</summary>
    public static SqlFile LoadNumbered(string file) =>
        new(Load(file)._queries.ToFrozenDictionary(query => query.Key, query => Number(query.Value)));

    static string Number(string query)
    {
        var names = new List<string>();
        return Parameter()
            .Replace(query, match =>
            {
                if (!names.Contains(match.Value))
                    names.Add(match.Value);
                return $"${names.IndexOf(match.Value) + 1}";
            });
    }

    /// <summary>A colon and a name, but not a cast ("::bigint").</summary>
    [GeneratedRegex("(?<!:):[a-z_]+")]
    private static partial Regex Parameter();

    public static string ReadText(string file)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream(file)
            ?? throw new FileNotFoundException($"The assembly has no resource {file}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The migrations whose files begin so, by their number: "Sqlite/Migrations/journal-" finds "…/journal-001.sql".</summary>
    public static IReadOnlyList<(int Number, string Text)> Migrations(string prefix) =>
        [
            .. typeof(SqlFile)
                .Assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && char.IsAsciiDigit(name[prefix.Length]))
                .Select(name =>
                    (Number: int.Parse(Path.GetFileNameWithoutExtension(name[prefix.Length..])), Text: ReadText(name))
                )
                .OrderBy(migration => migration.Number),
        ];
}

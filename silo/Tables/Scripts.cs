namespace Personalization.Silo.Tables;

/// <summary>The SQL files inside this assembly.</summary>
static class Scripts
{
    const string Mark = "-- name:";

    /// <summary>The sections of a file, by the names they begin with.</summary>
    public static IEnumerable<(string Name, string Text)> Queries(string file)
    {
        foreach (var section in Text(file).Split(Mark).Skip(1))
        {
            var end = section.IndexOf('\n');
            yield return (section[..end].Trim(), WithoutComments(section[end..]));
        }
    }

    /// <summary>The numbered files of a folder, in order.</summary>
    public static IEnumerable<(int Number, string Text)> Migrations(string folder) =>
        typeof(Scripts)
            .Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal) && char.IsAsciiDigit(name[folder.Length]))
            .Select(name => (Number: int.Parse(Path.GetFileNameWithoutExtension(name[folder.Length..])), Text: Text(name)))
            .OrderBy(migration => migration.Number);

    /// <summary>The comment of the next section stands at the end of this one.</summary>
    static string WithoutComments(string section) =>
        string.Join('\n', section.Split('\n').Where(line => !line.StartsWith("--", StringComparison.Ordinal))).Trim();

    static string Text(string file)
    {
        using var stream = typeof(Scripts).Assembly.GetManifestResourceStream(file)
            ?? throw new FileNotFoundException($"The assembly has no resource {file}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

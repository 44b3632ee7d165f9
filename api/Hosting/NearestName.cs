namespace Personalization.Hosting;

/// <summary>What was meant by a name that is not known.</summary>
public static class NearestName
{
    /// <summary>The names, the likeliest first.</summary>
    public static IOrderedEnumerable<string> First(IEnumerable<string> names, string name) =>
        names.OrderBy(known => Distance(known, name));

    /// <summary>Edits from one name to the other (Levenshtein), whatever their case.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }
        return row[b.Length];
    }
}

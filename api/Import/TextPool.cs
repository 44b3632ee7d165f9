using System.Text;

namespace Personalization.Import;

/// <summary>
/// One string for each text however often it occurs: a file of a million rows names some thousand customers and
/// products. Emptied when it holds <paramref name="capacity"/> texts, so that it never outgrows its use.
/// </summary>
public sealed class TextPool(int capacity = 1_000_000)
{
    readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > 256)
            return Encoding.UTF8.GetString(utf8);
        Span<char> characters = stackalloc char[256];
        return Get(characters[..Encoding.UTF8.GetChars(utf8, characters)]);
    }

    string Get(ReadOnlySpan<char> text)
    {
        var lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(text, out var known))
            return known;
        if (_texts.Count >= capacity)
            _texts.Clear();
        var created = text.ToString();
        _texts.Add(created);
        return created;
    }
}

namespace Personalization.Catalogue;

/// <summary>The text form of a category: <c>Clothing &gt; Jackets</c>, outermost first. <c>Clothing/Jackets</c> is accepted
/// where there is no <c>&gt;</c>, so that a name such as "Food/Drink &gt; Tea" keeps its slash.</summary>
public static class CategoryPath
{
    public static string[] Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        var separator = text.Contains('>') ? '>' : '/';
        return text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}

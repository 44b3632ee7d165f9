using System.Collections.Frozen;

namespace Personalization.Languages;

/// <summary>What the program says to people, in one language: whole texts by key, with places such as <c>{product}</c>.</summary>
/// <param name="language">BCP 47, for instance <c>zh-Hans</c>.</param>
/// <param name="texts">All keys there are: those that the language lacks are in English.</param>
public sealed class Texts(string language, FrozenDictionary<string, string> texts)
{
    public string Language { get; } = language;

    public NumberStyle Numbers { get; } = NumberStyle.Of(language);

    public string this[string key] => texts[key];

    /// <summary>A text with a value in its place, for instance <c>{product}</c>.</summary>
    public string With(string key, string place, string value) => texts[key].Replace(place, value, StringComparison.Ordinal);
}

using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;
using Personalization.Hosting;

namespace Personalization.Languages;

/// <summary>
/// The languages there are texts in: those shipped, and a file <c>TAG.json</c> of the shop's own folder for each of its own. A file
/// of a shipped language changes the keys that it holds.
/// </summary>
public sealed partial class ShopLanguages
{
    const string Resources = "Languages/",
        Base = "en";

    readonly FrozenDictionary<string, Texts> _texts;
    readonly Texts _shop;

    ShopLanguages(FrozenDictionary<string, Texts> texts, Texts shop, IReadOnlyList<string> gaps) =>
        (_texts, _shop, Gaps) = (texts, shop, gaps);

    /// <summary>A sentence for each of the shop's own files that lacks keys: those texts are in English.</summary>
    public IReadOnlyList<string> Gaps { get; }

    /// <param name="folder">Where a shop puts its own; need not exist.</param>
    /// <param name="shopLanguage">The setting <c>Shop:Language</c>.</param>
    /// <exception cref="ArgumentException">A file cannot be used, or there are no texts in the shop's language; a line for each problem.</exception>
    public static ShopLanguages Load(string folder, string shopLanguage)
    {
        var (english, problems, gaps) = (Shipped(Base), new List<string>(), new List<string>());
        var all = ShippedLanguages.ToDictionary(tag => tag, tag => Shipped(tag), StringComparer.OrdinalIgnoreCase);
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [])
        {
            var tag = Path.GetFileNameWithoutExtension(file);
            var own = Read(file, tag, english, problems);
            var shipped = all.GetValueOrDefault(tag) ?? [];
            var missing = english.Keys.Where(key => !own.ContainsKey(key) && !shipped.ContainsKey(key)).ToList();
            if (missing.Count > 0)
                gaps.Add($"{file} has no {string.Join(", ", missing)}; people read English there.");
            all[tag] = shipped.Concat(own).GroupBy(text => text.Key).ToDictionary(key => key.Key, key => key.Last().Value);
        }
        var texts = all.ToFrozenDictionary(
            one => one.Key,
            one => new Texts(
                one.Key,
                english.ToFrozenDictionary(text => text.Key, text => one.Value.GetValueOrDefault(text.Key, text.Value))
            ),
            StringComparer.OrdinalIgnoreCase
        );
        if (Find(texts, shopLanguage) is not { } shop)
            problems.Add(
                $"Shop:Language is \"{shopLanguage}\"; there are texts in {string.Join(", ", texts.Keys.Order())}. Put {shopLanguage}.json into {folder}."
            );
        else if (problems.Count == 0)
            return new ShopLanguages(texts, shop, gaps);
        throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>The texts in a language, or in what is nearest to it; the shop's where there are none.</summary>
    public Texts Of(string? language) => Find(language) ?? _shop;

    /// <summary>The texts in a language, or in what is nearest to it (<c>pt</c> for <c>pt-BR</c>); null where there are none.</summary>
    public Texts? Find(string? language) => language is null ? null : Find(_texts, language);

    /// <summary>The texts that a browser likes best, of those there are; null where it likes none of them.</summary>
    /// <param name="accepted">The header <c>Accept-Language</c>.</param>
    public Texts? Accepted(IList<string?> accepted)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accepted!, out var languages))
            return null;
        foreach (var language in languages.OrderByDescending(one => one.Quality ?? 1))
            if (language.Quality is null or > 0 && Find(language.Value.Value) is { } texts)
                return texts;
        return null;
    }

    static Texts? Find(FrozenDictionary<string, Texts> texts, string language)
    {
        if (texts.TryGetValue(language, out var exact))
            return exact;
        if (LanguageTag.ChineseScript(language) is { } script)
            return texts[script];
        for (var tag = LanguageTag.Parent(language); tag.Length > 0; tag = LanguageTag.Parent(tag))
            if (texts.TryGetValue(tag, out var wider))
                return wider;
        return null;
    }

    static IEnumerable<string> ShippedLanguages =>
        Assembly
            .GetExecutingAssembly()
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name[Resources.Length..]));

    static Dictionary<string, string> Shipped(string tag)
    {
        using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Resources}{tag}.json")!;
        return JsonSerializer.Deserialize(file, ApiJson.Default.DictionaryStringString)!;
    }

    static Dictionary<string, string> Read(string file, string tag, Dictionary<string, string> english, List<string> problems)
    {
        if (!LanguageTag.IsTag(tag))
            problems.Add($"{file}: \"{tag}\" is not a language such as fr or pt-BR.");
        var texts = new Dictionary<string, string>();
        try
        {
            using var stream = File.OpenRead(file);
            texts = JsonSerializer.Deserialize(stream, ApiJson.Default.DictionaryStringString) ?? [];
        }
        catch (JsonException wrong)
        {
            problems.Add($"{file}, line {wrong.LineNumber + 1}: it must be a JSON object of texts.");
        }
        foreach (var (key, text) in texts)
            if (text is null)
                problems.Add($"{file}: {key} is null; leave it out, and people read English there.");
            else if (!english.TryGetValue(key, out var original))
                problems.Add($"{file}: there is no text {key}; the nearest is {NearestName.First(english.Keys, key).First()}.");
            else if (Places().Matches(text).FirstOrDefault(place => !original.Contains(place.Value)) is { } unknown)
                problems.Add($"{file}: {key} has no place {unknown.Value}; in English it is \"{original}\".");
        return texts;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Places();
}

using Personalization.Languages;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Languages;

public sealed class ShopLanguagesTests : IDisposable
{
    readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("en", "en")]
    [InlineData("en-GB", "en")]
    [InlineData("zh", "zh-Hans")]
    [InlineData("zh-CN", "zh-Hans")]
    [InlineData("zh-SG", "zh-Hans")]
    [InlineData("zh-TW", "zh-Hant")]
    [InlineData("zh-HK", "zh-Hant")]
    [InlineData("zh-MO", "zh-Hant")]
    [InlineData("zh-Hant-CN", "zh-Hant")]
    [InlineData("ZH-hans-tw", "zh-Hans")]
    [InlineData("fr-CA", null)]
    [InlineData("zho", null)]
    public void A_language_is_found_by_the_nearest_tag_and_Chinese_by_its_script(string asked, string? found) =>
        (Load().Find(asked)?.Language).ShouldBe(found);

    [Theory]
    [InlineData("fr;q=0.9, zh-TW;q=0.8, en;q=0.7", "zh-Hant")]
    [InlineData("en;q=0, zh", "zh-Hans")]
    [InlineData("fr, *", null)]
    [InlineData("", null)]
    [InlineData(";;;q=", null)]
    public void A_browser_gets_what_it_likes_best_of_what_there_is(string header, string? found) =>
        (Load().Accepted([header])?.Language).ShouldBe(found);

    [Fact]
    public void Every_shipped_language_has_every_text_with_the_same_places()
    {
        var languages = Load();
        foreach (var tag in new[] { "zh-Hans", "zh-Hant" })
        {
            var texts = languages.Find(tag)!;
            texts["reason.trending"].ShouldNotBe(English["reason.trending"]);
            texts.With("reason.because-viewed", "{product}", "A").ShouldContain("A");
            texts["reason.well-rated.figures"].ShouldContain("{count}");
        }
    }

    [Fact]
    public void A_file_adds_a_language_and_what_it_lacks_is_named_and_in_English()
    {
        Write("fr.json", """{"reason.best-seller":"meilleure vente"}""");
        var languages = Load("fr");
        languages.Of(null)["reason.best-seller"].ShouldBe("meilleure vente");
        languages.Of("fr-CA")["reason.trending"].ShouldBe(English["reason.trending"]);
        languages.Gaps.ShouldHaveSingleItem().ShouldContain("reason.trending");
    }

    [Fact]
    public void A_file_of_a_shipped_language_changes_the_texts_that_it_holds()
    {
        Write("en.json", """{"reason.best-seller":"everybody buys it"}""");
        var languages = Load();
        languages.Of("en")["reason.best-seller"].ShouldBe("everybody buys it");
        languages.Of("en")["reason.trending"].ShouldBe(English["reason.trending"]);
        languages.Gaps.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("fr.json", "[]", "must be a JSON object of texts")]
    [InlineData("fr.json", """{"reason.best-seler":"x"}""", "reason.best-seller")]
    [InlineData("fr.json", """{"reason.because-viewed":"vu {produit}"}""", "{produit}")]
    [InlineData("fr.json", """{"reason.new":null}""", "reason.new is null")]
    [InlineData("french language.json", "{}", "is not a language")]
    public void A_file_that_cannot_be_used_stops_the_start_and_says_why(string file, string json, string what)
    {
        Write(file, json);
        var refusal = Should.Throw<ArgumentException>(() => Load()).Message;
        refusal.ShouldContain(file);
        refusal.ShouldContain(what);
    }

    [Fact]
    public void A_shop_in_a_language_without_texts_does_not_start() =>
        Should.Throw<ArgumentException>(() => Load("fr")).Message.ShouldStartWith("Shop:Language is \"fr\"");

    static Texts English => ShopLanguages.Load("no-such-folder", "en").Of("en");

    ShopLanguages Load(string shop = "en") => ShopLanguages.Load(_folder.Path, shop);

    void Write(string file, string json)
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(Path.Combine(_folder.Path, file), json);
    }
}

using Microsoft.Net.Http.Headers;
using Personalization.Catalogue;
using Personalization.Languages;
using Personalization.Problems;
using Personalization.Tracking;

namespace Personalization.Recommendations;

/// <summary>How the products of an answer are shown: with what fields, and in what language, null for the customer's own.</summary>
/// <param name="IsForPeople">Whether it counts as an answer given: previews and machines' answers do not.</param>
public readonly record struct Presentation(ShownFields Fields, Texts? Asked, bool IsForPeople)
{
    /// <summary>What a call asks for; the problem of what cannot be had, or null.</summary>
    /// <param name="http">The call; its <c>Accept-Language</c> counts where a visitor asks, a shop's server has none of its own.</param>
    /// <param name="isVisitor">Whether the caller is a visitor's browser.</param>
    /// <param name="fields">As in the address.</param>
    /// <param name="language">As in the address.</param>
    /// <param name="languages">Those there are.</param>
    /// <param name="presentation">What is asked for.</param>
    public static Problem? Read(
        HttpContext http,
        bool isVisitor,
        string? fields,
        string? language,
        ShopLanguages languages,
        out Presentation presentation
    )
    {
        presentation = default;
        if (ShownFieldNames.Read(fields, out var shown) is { } unknown)
            return unknown;
        if (language is not null && !LanguageTag.IsTag(language))
            return Problem.BadField("language", "language is not a language tag.", "Send one such as en, pt-BR or zh-Hant.");
        var asked = languages.Find(language);
        if (isVisitor)
        {
            http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptLanguage);
            asked ??= languages.Accepted(http.Request.Headers.AcceptLanguage);
        }
        // The shop's server asks with a program of its own, for whom it cannot be seen.
        var isMachine = isVisitor && MachineTraffic.IsMachine(http.Request.Headers.UserAgent);
        presentation = new(shown, asked, !isMachine);
        return null;
    }

    /// <summary>The texts to answer in, which the answer's <c>Content-Language</c> names from then on.</summary>
    public Texts TextsFor(string? locale, ShopLanguages languages, HttpResponse response)
    {
        var texts = Asked ?? languages.Of(locale);
        response.Headers.ContentLanguage = texts.Language;
        return texts;
    }
}

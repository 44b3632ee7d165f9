using Personalization.Languages;

namespace Personalization.Tests.Recommendations;

static class English
{
    public static readonly Texts Texts = ShopLanguages.Load("no-such-folder", "en").Of("en");
}

using System.Globalization;
using System.Text;
using Personalization.Identity;

namespace Personalization.Benchmarks;

/// <summary>
/// Events of people who shop: at any moment some two thousand are in the shop, everyone does about five things (as in the
/// sessions of the history) and makes room for another of the customers. Made beforehand, the same for a seed.
/// </summary>
/// <param name="names">The customers.</param>
/// <param name="products">Ids.</param>
/// <param name="seed">The same makes the same.</param>
/// <param name="isEachNew">Every event is by another of the customers, in order.</param>
sealed class Traffic(IReadOnlyList<BoundName> names, IReadOnlyList<string> products, int seed, bool isEachNew = false)
{
    const int InTheShop = 2_000,
        PerVisit = 5;

    readonly Random _random = new(seed);
    readonly BoundName?[] _visitors = new BoundName?[InTheShop];
    int _number;

    /// <summary>A tracking call as Segment's clients send it: names, a product, and where the browser was.</summary>
    public string Event(bool inBatch)
    {
        var who = isEachNew ? names[_number % names.Count] : Visitor();
        var product = products[_random.Next(products.Count)];
        var what = _random.Next(20) switch
        {
            0 => "Product Added",
            1 => "Product Added to Wishlist",
            _ => "Product Viewed",
        };
        var text = new StringBuilder(600).Append('{');
        if (inBatch)
            text.Append("\"type\":\"track\",");
        return text.Append(
                CultureInfo.InvariantCulture,
                $$"""
                "{{(
                    who.Kind == NameKind.User ? "userId" : "anonymousId"
                )}}":"{{who.Value}}","event":"{{what}}","messageId":"ajs-next-{{seed}}-{{_number++}}",
                """
            )
            .Append(
                CultureInfo.InvariantCulture,
                $$"""
                "properties":{"product_id":"{{product}}","price":19.90,"quantity":1,"currency":"EUR"},"context":{"library":{"name":"analytics.js","version":"next-1.81.0"},
                """
            )
            .Append(
                CultureInfo.InvariantCulture,
                $$"""
                "page":{"path":"/p/{{product}}","referrer":"https://shop.example/","title":"Product {{product}}","url":"https://shop.example/p/{{product}}"},"locale":"pt-PT","timezone":"Europe/Lisbon","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
                """
            )
            .Append("}}")
            .ToString();
    }

    BoundName Visitor()
    {
        var at = _random.Next(InTheShop);
        if (_visitors[at] is null || _random.Next(PerVisit) == 0)
            _visitors[at] = names[_random.Next(names.Count)];
        return _visitors[at]!;
    }

    public byte[][] Calls(int count)
    {
        var calls = new byte[count][];
        for (var i = 0; i < count; i++)
            calls[i] = Loopback.Post("/v1/track", PreparedShop.WriteKey, Encoding.UTF8.GetBytes(Event(inBatch: false)));
        return calls;
    }

    public byte[][] Batches(int count, int size)
    {
        var calls = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var body = $"{{\"batch\":[{string.Join(',', Enumerable.Range(0, size).Select(_ => Event(inBatch: true)))}]}}";
            calls[i] = Loopback.Post("/v1/batch", PreparedShop.WriteKey, Encoding.UTF8.GetBytes(body));
        }
        return calls;
    }
}

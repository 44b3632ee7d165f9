using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;

namespace Personalization.Demo.Shop;

/// <summary>
/// A small shop at <c>/shop</c>, as a storefront would be built on the API: pages of plain HTML that show products, report what a
/// visitor does with the widget's own calls, and put its lists where they belong. Orders are told by the shop's server, with the
/// secret key, because money counts only where the shop says so.
/// </summary>
public sealed class ShopPages(
    ProductCatalogue catalogue,
    IReadOnlyList<ShopProduct> products,
    string writeKey,
    string secretKey,
    Func<string> url
) : IDisposable
{
    const int MaxListed = 24,
        MaxLines = 50;
    const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    readonly HttpClient _api = new();
    readonly FrozenDictionary<string, string> _pictures = products.ToFrozenDictionary(one => one.Id, one => one.Image);

    /// <summary>Where a product's page is; without a host, so that a demo is right wherever it is served.</summary>
    public static string AddressOf(string id) => $"/shop/product/{Uri.EscapeDataString(id)}";

    public static string PictureOf(string id) => $"/shop/images/{Uri.EscapeDataString(id)}.svg";

    /// <summary>What a visitor orders: ids and pieces; prices are the shop's own.</summary>
    public sealed record OrderForm(string? AnonymousId, IReadOnlyList<OrderLine>? Lines);

    public sealed record OrderLine(string? ProductId, int Quantity);

    public sealed record Placed(string OrderId, decimal Total);

    public void Map(WebApplication app)
    {
        var shop = app.MapGroup("/shop").AllowAnonymous().ExcludeFromDescription();
        shop.AddEndpointFilter(
            (call, next) =>
            {
                call.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
                return next(call);
            }
        );
        shop.MapGet("", Home);
        shop.MapGet("category", Category);
        shop.MapGet("search", Search);
        shop.MapGet("product/{id}", Product);
        shop.MapGet("images/{id}.svg", Picture);
        shop.MapGet("cart", Cart);
        shop.MapPost("orders", OrderAsync);
        shop.MapGet("shop.js", () => File("shop.js", "text/javascript"));
        shop.MapGet("shop.css", () => File("shop.css", "text/css"));
    }

    ContentHttpResult Home() =>
        Page(
            "Home",
            $$"""
            <section class="hero"><h1>Things for outside and at home</h1>
            <p>Look at something, put it in the cart, and see the lists below change at once.</p></section>
            <personal-recommendations placement="home" limit="8"></personal-recommendations>
            <personal-recommendations placement="recently-viewed" limit="8"></personal-recommendations>
            <h2>Departments</h2>
            <ul class="departments">{{string.Concat(Departments().Select(name => $"<li>{CategoryLink(name)}</li>"))}}</ul>
            """
        );

    Results<ContentHttpResult, RedirectHttpResult> Category(string? path)
    {
        if (path is null || !catalogue.Categories.TryFind(path, out var category))
            return TypedResults.Redirect("/shop");
        var products = Sellable().Where(product => catalogue.IsIn(product.Number, category)).Take(MaxListed);
        return Page(
            path,
            $$"""
            <h1>{{Text(path)}}</h1>
            <personal-recommendations placement="home" category="{{Text(path)}}" limit="6"
              heading="Most wanted here"></personal-recommendations>
            {{Grid(products)}}
            """,
            ("list", path)
        );
    }

    ContentHttpResult Search(string? q)
    {
        var words = (q ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var found = Sellable()
            .Where(product => words.All(word => product.Name.Contains(word, StringComparison.OrdinalIgnoreCase)))
            .Take(MaxListed)
            .ToList();
        return Page(
            $"Search: {q}",
            $$"""
            <h1>{{(found.Count == 0 ? "Nothing found for" : "Found for")}} “{{Text(q)}}”</h1>
            {{Grid(found)}}
            <personal-recommendations placement="home" limit="6"></personal-recommendations>
            """,
            ("query", q)
        );
    }

    Results<ContentHttpResult, NotFound> Product(string id)
    {
        if (!catalogue.TryNumber(id, out var number) || catalogue[number] is not { IsSellable: true } product)
            return TypedResults.NotFound();
        return Page(
            product.Name,
            $$"""
            <article class="product">
            <img src="{{Text(product.ImageUrl)}}" alt="" width="320" height="320">
            <div><p>{{string.Join(" › ", Paths(product).Select(CategoryLink))}}</p>
            <h1>{{Text(product.Name)}}</h1><p>{{Text(product.Brand)}}</p>
            {{Stars(product)}}<p class="price">{{Price(product)}}</p>
            <p><button type="button" data-act="Product Added">Put in the cart</button>
            <button type="button" class="quiet" data-act="Product Added to Wishlist">Favourite</button></p>
            <p role="status" id="said"></p></div></article>
            <personal-recommendations placement="product" product-id="{{Text(id)}}" limit="6"></personal-recommendations>
            <personal-recommendations placement="recently-viewed" exclude="{{Text(id)}}" limit="6"></personal-recommendations>
            """,
            ("product", id),
            ("price", product.Price?.ToString(CultureInfo.InvariantCulture)),
            ("name", product.Name)
        );
    }

    Results<ContentHttpResult, NotFound> Picture(string id, HttpResponse response)
    {
        if (!_pictures.TryGetValue(id, out var picture))
            return TypedResults.NotFound();
        response.Headers.CacheControl = "public, max-age=86400";
        return TypedResults.Content(picture, "image/svg+xml", Encoding.UTF8);
    }

    ContentHttpResult Cart() =>
        Page(
            "Cart",
            """
            <h1>Your cart</h1>
            <div id="cart" aria-live="polite"><p>Looking…</p></div>
            <personal-recommendations placement="cart" limit="6"></personal-recommendations>
            """,
            ("cart", "")
        );

    /// <summary>The shop's server records the order: the browser only says what is wanted.</summary>
    async Task<Results<Ok<Placed>, BadRequest>> OrderAsync(OrderForm form, CancellationToken cancel)
    {
        var lines = (form.Lines ?? [])
            .Take(MaxLines)
            .Select(line => (Product: Find(line.ProductId), Quantity: Math.Clamp(line.Quantity, 1, 100)))
            .Where(line => line.Product is not null)
            .ToList();
        if (form.AnonymousId is null or "" || lines.Count == 0)
            return TypedResults.BadRequest();
        var order = new Placed(
            "web-" + Guid.CreateVersion7().ToString("N")[..12],
            lines.Sum(line => line.Quantity * (line.Product!.Price ?? 0))
        );
        using var call = new HttpRequestMessage(HttpMethod.Post, $"{url()}/v1/track");
        call.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secretKey);
        call.Content = JsonContent.Create(
            new
            {
                anonymousId = form.AnonymousId,
                messageId = order.OrderId,
                @event = "Order Completed",
                properties = new
                {
                    order_id = order.OrderId,
                    total = order.Total,
                    products = lines.Select(line => new
                    {
                        product_id = line.Product!.Id,
                        quantity = line.Quantity,
                        price = line.Product.Price,
                    }),
                },
            }
        );
        using var answer = await _api.SendAsync(call, cancel);
        answer.EnsureSuccessStatusCode();
        return TypedResults.Ok(order);
    }

    Product? Find(string? id) =>
        id is not null && catalogue.TryNumber(id, out var number) && catalogue[number] is { IsSellable: true } product
            ? product
            : null;

    IEnumerable<Product> Sellable() =>
        Enumerable.Range(0, catalogue.Count).Select(number => catalogue[number]).OfType<Product>().Where(one => one.IsSellable);

    string[] Departments() =>
        [
            .. Sellable()
                .Where(one => one.Category.Length > 0)
                .Select(one => one.Category[0])
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    static IEnumerable<string> Paths(Product product) =>
        Enumerable.Range(1, product.Category.Length).Select(depth => string.Join(" > ", product.Category.Take(depth)));

    static string CategoryLink(string path) =>
        $"<a href=\"/shop/category?path={Uri.EscapeDataString(path)}\">{Text(path.Split(" > ")[^1])}</a>";

    static string Grid(IEnumerable<Product> products) => $"<ul class=\"grid\">{string.Concat(products.Select(Tile))}</ul>";

    static string Tile(Product product) =>
        $"<li><a href=\"{AddressOf(product.Id)}\" data-id=\"{Text(product.Id)}\">"
        + $"<img src=\"{Text(product.ImageUrl)}\" alt=\"\" width=\"160\" height=\"160\" loading=\"lazy\">"
        + $"<span>{Text(product.Name)}</span><span class=\"price\">{Price(product)}</span></a></li>";

    static string Stars(Product product) =>
        product is { Rating: { } rating, Reviews: > 0 }
            ? string.Create(CultureInfo.InvariantCulture, $"<p>Rated {rating:F1} of 5 (reviews: {product.Reviews})</p>")
            : "";

    static string Price(Product product) => Euro(product.Price) + (product.Was is null ? "" : $" <s>{Euro(product.Was)}</s>");

    static string Euro(decimal? price) => price is null ? "" : Text(string.Create(CultureInfo.InvariantCulture, $"€{price:F2}"));

    static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");

    /// <param name="facts">What the page's script is told: attributes of the body.</param>
    ContentHttpResult Page(string title, string body, params (string Name, string? Value)[] facts) =>
        TypedResults.Content(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)} · Demo shop</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="/shop/shop.css">
            <script src="/widget.js" data-write-key="{Text(writeKey)}" defer></script>
            <script src="/shop/shop.js" defer></script>
            </head>
            <body{string.Concat(facts.Select(fact => $" data-{fact.Name}=\"{Text(fact.Value)}\""))}>
            <header><a class="name" href="/shop">Demo shop</a>
            <form action="/shop/search" role="search"><input name="q" type="search" aria-label="Search" placeholder="Search">
            <button>Find</button></form>
            <a href="/shop/cart">Cart</a></header>
            <main>{body}</main>
            </body>
            </html>
            """,
            "text/html",
            Encoding.UTF8
        );

    static ContentHttpResult File(string name, string type)
    {
        using var stream = typeof(ShopPages).Assembly.GetManifestResourceStream($"Demo/Shop/{name}")!;
        using var reader = new StreamReader(stream);
        return TypedResults.Content(reader.ReadToEnd(), type, Encoding.UTF8);
    }

    public void Dispose() => _api.Dispose();
}

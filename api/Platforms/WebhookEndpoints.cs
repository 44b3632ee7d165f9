using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Platforms;

/// <summary>What became of a webhook.</summary>
/// <param name="Topic">As the platform named it.</param>
/// <param name="Events">Events that were recorded, those known before included.</param>
/// <param name="Products">Products that were changed.</param>
/// <param name="Refused">Events and products that could not be used; see GET /v1/ingestion/problems.</param>
public sealed record WebhookResponse(string Topic, int Events, int Products, int Refused);

/// <summary>Webhooks of shop platforms, proved by their signatures.</summary>
public static class WebhookEndpoints
{
    const int MaxBytes = 4 * 1024 * 1024;

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/v1/webhooks")
            .WithTags("Platforms")
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MaxBytes))
            .Refuses(400, 401, 403, 404, 413, 429);
        group
            .MapPost("shopify", ShopifyAsync)
            .WithName("TakeShopifyWebhook")
            .WithSummary("Takes a webhook of Shopify, signed with a secret of Platforms:Shopify:WebhookSecrets.")
            .Accepts<JsonDocument>("application/json", "*/*");
        group
            .MapPost("woocommerce", WooCommerceAsync)
            .WithName("TakeWooCommerceWebhook")
            .WithSummary("Takes a webhook of WooCommerce, signed with a secret of Platforms:WooCommerce:WebhookSecrets.")
            .Accepts<JsonDocument>("application/json", "*/*");
    }

    static async Task<Results<Ok<WebhookResponse>, Problem>> ShopifyAsync([AsParameters] WebhookServices services)
    {
        var headers = services.Http.Request.Headers;
        var secrets = services.Settings.Shopify.WebhookSecrets;
        if (secrets.Count == 0)
            return NoSecret("Shopify");
        var body = await BodyAsync(services);
        if (!WebhookSecrets.Sign(secrets, body, headers["X-Shopify-Hmac-Sha256"]))
            return BadSignature("X-Shopify-Hmac-Sha256");
        var reader = new ShopifyWebhooks(services.Settings, services.Shop.Url);
        return await TakeAsync(services, "shopify", headers["X-Shopify-Topic"].ToString(), body, reader.Read);
    }

    static async Task<Results<Ok<WebhookResponse>, Problem>> WooCommerceAsync([AsParameters] WebhookServices services)
    {
        var headers = services.Http.Request.Headers;
        var secrets = services.Settings.WooCommerce.WebhookSecrets;
        if (secrets.Count == 0)
            return NoSecret("WooCommerce");
        var body = await BodyAsync(services);
        // When a webhook is saved, the shop asks whether there is anybody: without signature, and saying nothing.
        if (body.AsSpan().StartsWith("webhook_id="u8) && !headers.ContainsKey("X-WC-Webhook-Topic"))
            return TypedResults.Ok(new WebhookResponse("ping", 0, 0, 0));
        if (!WebhookSecrets.Sign(secrets, body, headers["X-WC-Webhook-Signature"]))
            return BadSignature("X-WC-Webhook-Signature");
        var reader = new WooCommerceWebhooks(services.Settings);
        return await TakeAsync(services, "woocommerce", headers["X-WC-Webhook-Topic"].ToString(), body, reader.Read);
    }

    static async Task<byte[]> BodyAsync(WebhookServices services)
    {
        using var body = new MemoryStream();
        await services.Http.Request.Body.CopyToAsync(body, services.Cancel);
        return body.ToArray();
    }

    static async Task<Results<Ok<WebhookResponse>, Problem>> TakeAsync(
        WebhookServices services,
        string source,
        string topic,
        byte[] body,
        Func<string, JsonElement, PlatformNews> read
    )
    {
        using var document = PlatformJson.Document(body);
        if (document is null)
            return Problem.BadBody("The body is not a JSON object.", "Set the webhook's format to JSON.");
        var news = read(topic, document.RootElement);
        if (news.Ignored is { } why)
            services.Problems.Count(source, why, topic);
        var receivedAt = services.Time.Now;
        var refused = await services.Intake.TakeAsync(source, news.Calls, receivedAt, PlatformIntake.OfServer, services.Cancel);
        var products = await UpsertAsync(services, source, news);
        foreach (var name in news.Forgotten)
            if (await services.Identity.FindCustomerAsync(name, null, services.Cancel) is { } customer)
                await services.Erasure.EraseAsync(customer, source, services.Cancel);
        if (news.Request is { } request)
            await services.Store.AuditAsync(source, topic, request, receivedAt, services.Cancel);
        return TypedResults.Ok(
            new WebhookResponse(topic, news.Calls.Count - refused, products, refused + news.Products.Count - products)
        );
    }

    /// <summary>Products as they are now; of their group, those that are no longer named are taken out.</summary>
    static async Task<int> UpsertAsync(WebhookServices services, string source, PlatformNews news)
    {
        var rows = new List<(string Id, ProductPatch Patch)>(news.Products.Count);
        foreach (var product in news.Products)
            if (LenientProduct.Read(product, field => services.Problems.Count(source, "not-a-product-field", field)) is { } row)
                rows.Add(row);
        if (news.WholeGroup is { } group)
            foreach (var id in services.Catalogue.IdsWhere(PlatformNews.Group, group))
                if (!rows.Exists(row => row.Id == id))
                    await services.Catalogue.DeleteAsync(id, services.Cancel);
        if (rows.Count > 0)
            await services.Catalogue.UpsertAsync(rows, services.Cancel);
        return rows.Count;
    }

    static Problem NoSecret(string platform) =>
        Problem.NotFound(
            $"Webhooks of {platform} are not taken here.",
            $"Set Platforms:{platform}:WebhookSecrets:0 to the secret that it signs them with."
        );

    static Problem BadSignature(string header) =>
        Problem.Unauthorized(
            $"{header} was not made with a secret of this shop from these bytes.",
            "Set WebhookSecrets to the platform's secret, and let no proxy change the body."
        );

    readonly record struct WebhookServices(
        HttpContext Http,
        PlatformSettings Settings,
        ShopConfiguration Shop,
        PlatformIntake Intake,
        IngestionProblems Problems,
        CatalogueService Catalogue,
        IdentityResolver Identity,
        CustomerErasure Erasure,
        IStore Store,
        ShopClock Time,
        CancellationToken Cancel
    );
}

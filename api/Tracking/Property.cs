using System.Collections.Frozen;
using System.Text.Json;

namespace Personalization.Tracking;

/// <summary>The properties that mean something here, by what they mean; several spellings can mean the same.</summary>
enum Property : byte
{
    Unknown = 0,
    ProductId,
    ProductIdCamel,
    Id,
    Sku,
    Name,
    Brand,
    Category,
    Variant,
    Price,
    Quantity,
    Url,
    ImageUrl,
    Products,
    Total,
    RefundedTotal,
    Value,
    Revenue,
    Currency,
    Rating,
    OrderId,
    CheckoutId,
    CartId,
    WishlistId,
    ListId,
    PromotionId,
    CouponId,
    Coupon,
    ReviewId,
    ExperimentId,
    EmailId,
    ThreadId,
    CampaignId,
    VariationId,
    Channel,
    Topic,
    Reason,
    ShareVia,
    By,
    Query,
    FreeText,
    ReviewBody,
    ShareMessage,
    LinkUrl,
    Title,
    Referrer,
    Path,
    Search,
    RecommendationId,
}

static class PropertyNames
{
    const int MaxLength = 17;

    static readonly FrozenDictionary<string, Property> ByName = new Dictionary<string, Property>
    {
        ["product_id"] = Property.ProductId,
        ["productId"] = Property.ProductIdCamel,
        ["id"] = Property.Id,
        ["sku"] = Property.Sku,
        ["name"] = Property.Name,
        ["brand"] = Property.Brand,
        ["category"] = Property.Category,
        ["variant"] = Property.Variant,
        ["price"] = Property.Price,
        ["quantity"] = Property.Quantity,
        ["url"] = Property.Url,
        ["image_url"] = Property.ImageUrl,
        ["imageUrl"] = Property.ImageUrl,
        ["products"] = Property.Products,
        ["total"] = Property.Total,
        ["refunded_total"] = Property.RefundedTotal,
        ["value"] = Property.Value,
        ["revenue"] = Property.Revenue,
        ["currency"] = Property.Currency,
        ["rating"] = Property.Rating,
        ["order_id"] = Property.OrderId,
        ["orderId"] = Property.OrderId,
        ["checkout_id"] = Property.CheckoutId,
        ["checkoutId"] = Property.CheckoutId,
        ["cart_id"] = Property.CartId,
        ["cartId"] = Property.CartId,
        ["wishlist_id"] = Property.WishlistId,
        ["wishlistId"] = Property.WishlistId,
        ["list_id"] = Property.ListId,
        ["listId"] = Property.ListId,
        ["promotion_id"] = Property.PromotionId,
        ["promotionId"] = Property.PromotionId,
        ["coupon_id"] = Property.CouponId,
        ["couponId"] = Property.CouponId,
        ["coupon"] = Property.Coupon,
        ["review_id"] = Property.ReviewId,
        ["reviewId"] = Property.ReviewId,
        ["experiment_id"] = Property.ExperimentId,
        ["experimentId"] = Property.ExperimentId,
        ["variation_id"] = Property.VariationId,
        ["variationId"] = Property.VariationId,
        ["email_id"] = Property.EmailId,
        ["emailId"] = Property.EmailId,
        ["campaign_id"] = Property.CampaignId,
        ["campaignId"] = Property.CampaignId,
        ["comment_id"] = Property.ThreadId,
        ["inquiry_id"] = Property.ThreadId,
        ["chat_id"] = Property.ThreadId,
        ["conversation_id"] = Property.ThreadId,
        ["call_id"] = Property.ThreadId,
        ["survey_id"] = Property.ThreadId,
        ["channel"] = Property.Channel,
        ["topic"] = Property.Topic,
        ["reason"] = Property.Reason,
        ["share_via"] = Property.ShareVia,
        ["by"] = Property.By,
        ["query"] = Property.Query,
        ["text"] = Property.FreeText,
        ["message"] = Property.FreeText,
        ["body"] = Property.FreeText,
        ["comment"] = Property.FreeText,
        ["note"] = Property.FreeText,
        ["content"] = Property.FreeText,
        ["review_body"] = Property.ReviewBody,
        ["share_message"] = Property.ShareMessage,
        ["link_url"] = Property.LinkUrl,
        ["title"] = Property.Title,
        ["referrer"] = Property.Referrer,
        ["path"] = Property.Path,
        ["search"] = Property.Search,
        ["recommendationId"] = Property.RecommendationId,
        ["recommendation_id"] = Property.RecommendationId,
        ["recommId"] = Property.RecommendationId,
    }.ToFrozenDictionary();

    static readonly FrozenDictionary<string, Property>.AlternateLookup<ReadOnlySpan<char>> Lookup = ByName.GetAlternateLookup<
        ReadOnlySpan<char>
    >();

    /// <summary>The property whose name the reader stands on.</summary>
    public static Property Of(ref Utf8JsonReader reader)
    {
        // An escaped name is up to six times as long as what it says.
        if (reader.ValueSpan.Length > MaxLength * 6)
            return Property.Unknown;
        Span<char> name = stackalloc char[MaxLength * 6];
        return Lookup.TryGetValue(name[..reader.CopyString(name)], out var property) ? property : Property.Unknown;
    }
}

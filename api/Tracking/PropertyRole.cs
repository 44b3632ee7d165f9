using Personalization.Events;

namespace Personalization.Tracking;

/// <summary>Which part of a call a property fills.</summary>
enum PropertyRole : byte
{
    /// <summary>None of its own: kept with the other properties as JSON.</summary>
    Rest = 0,

    /// <summary>Said again elsewhere in the call.</summary>
    Ignored,
    ProductId,
    ProductIdElse,
    Id,
    Sku,
    Name,
    Brand,
    Category,
    Variant,
    Price,
    Quantity,
    ProductUrl,
    ImageUrl,
    RecommendationId,
    Products,
    Total,
    RefundedTotal,
    Value,
    Revenue,
    Currency,
    Rating,
    Reference,
    ReferenceElse,
    Label,
    LabelElse,
    Text,
    Query,
    Url,
    UrlElse,
    Title,
    Referrer,
}

/// <summary>The e-commerce spec in one place: what each property means in each kind of event.</summary>
static class PropertyRoles
{
    /// <summary>Events about one product, whose fields stand among the properties.</summary>
    public static bool IsAboutOneProduct(EventKind kind) =>
        kind
            is EventKind.ProductClicked
                or EventKind.ProductViewed
                or EventKind.ProductAdded
                or EventKind.ProductRemoved
                or EventKind.ProductFavourited
                or EventKind.ProductUnfavourited
                or EventKind.FavouriteAddedToCart
                or EventKind.ProductShared
                or EventKind.ProductReviewed;

    static bool IsCommerce(EventKind kind) =>
        kind is >= EventKind.ProductsSearched and <= EventKind.CartEmptied or EventKind.RecommendationsShown;

    static bool IsOrder(EventKind kind) =>
        kind
            is >= EventKind.CheckoutStarted
                and <= EventKind.OrderCancelled
                or EventKind.OrderPaid
                or EventKind.OrderShipped
                or EventKind.OrderDelivered;

    static bool IsCoupon(EventKind kind) => kind is >= EventKind.CouponEntered and <= EventKind.CouponRemoved;

    static bool IsList(EventKind kind) => kind is EventKind.ProductListViewed or EventKind.ProductListFiltered;

    static bool IsPromotion(EventKind kind) => kind is EventKind.PromotionViewed or EventKind.PromotionClicked;

    static bool IsFavourite(EventKind kind) => kind is EventKind.ProductFavourited or EventKind.ProductUnfavourited;

    static bool IsSubscription(EventKind kind) => kind is EventKind.Subscribed or EventKind.Unsubscribed;

    static bool IsPage(EventKind kind) => kind is EventKind.PageViewed or EventKind.ScreenViewed;

    static bool IsMessage(EventKind kind) => kind is >= EventKind.MessageDelivered and <= EventKind.MessageMarkedAsSpam;

    static bool IsConversation(EventKind kind) => kind is >= EventKind.CommentPosted and <= EventKind.SurveyAnswered;

    /// <summary>The role of a property of an event.</summary>
    public static PropertyRole Of(EventKind kind, Property property)
    {
        var role = property switch
        {
            Property.ProductId when !IsPage(kind) => PropertyRole.ProductId,
            Property.ProductIdCamel when !IsPage(kind) => PropertyRole.ProductIdElse,
            Property.Price when IsOrder(kind) => PropertyRole.Price,
            Property.Quantity when IsOrder(kind) => PropertyRole.Quantity,
            Property.Products when IsCommerce(kind) => PropertyRole.Products,
            Property.Total when IsCommerce(kind) => PropertyRole.Total,
            Property.RefundedTotal when kind == EventKind.OrderRefunded => PropertyRole.RefundedTotal,
            Property.Value when IsCommerce(kind) => PropertyRole.Value,
            Property.Revenue when IsCommerce(kind) => PropertyRole.Revenue,
            Property.Currency when IsCommerce(kind) => PropertyRole.Currency,
            Property.Rating when kind == EventKind.ProductReviewed => PropertyRole.Rating,
            Property.Query when kind == EventKind.ProductsSearched => PropertyRole.Query,
            Property.RecommendationId when Outcomes.Of(kind) != Outcome.None => PropertyRole.RecommendationId,
            _ => ReferenceOrLabel(kind, property),
        };
        if (role == PropertyRole.Rest)
            role = Words(kind, property);
        return role == PropertyRole.Rest && IsAboutOneProduct(kind) ? OfProduct(property) : role;
    }

    /// <summary>The role of a property inside a product.</summary>
    public static PropertyRole OfProduct(Property property) =>
        property switch
        {
            Property.ProductId => PropertyRole.ProductId,
            Property.ProductIdCamel => PropertyRole.ProductIdElse,
            Property.Id => PropertyRole.Id,
            Property.Sku => PropertyRole.Sku,
            Property.Name => PropertyRole.Name,
            Property.Brand => PropertyRole.Brand,
            Property.Category => PropertyRole.Category,
            Property.Variant => PropertyRole.Variant,
            Property.Price => PropertyRole.Price,
            Property.Quantity => PropertyRole.Quantity,
            Property.Url => PropertyRole.ProductUrl,
            Property.ImageUrl => PropertyRole.ImageUrl,
            Property.Currency => PropertyRole.Currency,
            Property.RecommendationId => PropertyRole.RecommendationId,
            _ => PropertyRole.Rest,
        };

    static PropertyRole ReferenceOrLabel(EventKind kind, Property property) =>
        property switch
        {
            Property.OrderId when IsOrder(kind) => PropertyRole.Reference,
            Property.CheckoutId when IsOrder(kind) => PropertyRole.ReferenceElse,
            Property.ListId when IsList(kind) => PropertyRole.Reference,
            Property.ListId when IsSubscription(kind) => PropertyRole.LabelElse,
            Property.PromotionId when IsPromotion(kind) => PropertyRole.Reference,
            Property.Id when IsPromotion(kind) => PropertyRole.ReferenceElse,
            Property.CouponId when IsCoupon(kind) => PropertyRole.Reference,
            Property.Coupon when IsCoupon(kind) => PropertyRole.ReferenceElse,
            Property.WishlistId when IsFavourite(kind) => PropertyRole.Reference,
            Property.ReviewId when kind == EventKind.ProductReviewed => PropertyRole.Reference,
            Property.CartId when IsCommerce(kind) && !IsOrder(kind) && !IsCoupon(kind) => PropertyRole.Reference,
            Property.ExperimentId when kind == EventKind.ExperimentViewed => PropertyRole.Reference,
            Property.EmailId when IsMessage(kind) => PropertyRole.Reference,
            Property.ThreadId when IsConversation(kind) => PropertyRole.Reference,
            Property.Channel when IsSubscription(kind) => PropertyRole.Reference,
            Property.Topic when IsSubscription(kind) || IsConversation(kind) => PropertyRole.Label,
            Property.Category when IsList(kind) => PropertyRole.Label,
            Property.Name when IsPromotion(kind) => PropertyRole.Label,
            Property.Name when IsPage(kind) => PropertyRole.LabelElse,
            Property.Reason when IsOrder(kind) || IsCoupon(kind) || kind == EventKind.SignUpFailed => PropertyRole.Label,
            Property.ShareVia when kind is EventKind.ProductShared or EventKind.CartShared => PropertyRole.Label,
            Property.VariationId when kind == EventKind.ExperimentViewed => PropertyRole.Label,
            Property.CampaignId when IsMessage(kind) => PropertyRole.Label,
            Property.By when IsConversation(kind) => PropertyRole.LabelElse,
            _ => PropertyRole.Rest,
        };

    static PropertyRole Words(EventKind kind, Property property) =>
        property switch
        {
            Property.ReviewBody when kind == EventKind.ProductReviewed => PropertyRole.Text,
            Property.ShareMessage when kind is EventKind.ProductShared or EventKind.CartShared => PropertyRole.Text,
            Property.FreeText when IsConversation(kind) || kind == EventKind.ProductReviewed => PropertyRole.Text,
            Property.LinkUrl when kind == EventKind.MessageClicked => PropertyRole.Url,
            Property.Url when IsPage(kind) => PropertyRole.Url,
            Property.Path when IsPage(kind) => PropertyRole.UrlElse,
            Property.Search when IsPage(kind) => PropertyRole.Ignored,
            Property.Title when IsPage(kind) => PropertyRole.Title,
            Property.Referrer => PropertyRole.Referrer,
            _ => PropertyRole.Rest,
        };
}

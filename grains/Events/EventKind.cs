namespace Personalization.Events;

/// <summary>
/// What a storefront can report. The names are those of the e-commerce spec (v2) and, below 60, of the tracking calls;
/// <see cref="EventNames"/> maps the spelling on the wire. The numbers are kept for ever: they stand in the journal.
/// </summary>
public enum EventKind : byte
{
    /// <summary>An event that is not known here: kept with its name and properties, counted, and otherwise harmless.</summary>
    Other = 0,

    PageViewed = 1,
    ScreenViewed = 2,
    Identified = 3,
    Grouped = 4,

    ProductsSearched = 10,
    ProductListViewed = 11,
    ProductListFiltered = 12,
    PromotionViewed = 13,
    PromotionClicked = 14,
    ProductClicked = 15,
    ProductViewed = 16,
    ProductAdded = 17,
    ProductRemoved = 18,
    CartViewed = 19,
    CheckoutStarted = 20,
    CheckoutStepViewed = 21,
    CheckoutStepCompleted = 22,
    PaymentInfoEntered = 23,
    OrderUpdated = 24,
    OrderCompleted = 25,
    OrderRefunded = 26,
    OrderCancelled = 27,
    CouponEntered = 28,
    CouponApplied = 29,
    CouponDenied = 30,
    CouponRemoved = 31,

    /// <summary>"Product Added to Wishlist": the product becomes a favourite.</summary>
    ProductFavourited = 32,

    /// <summary>"Product Removed from Wishlist".</summary>
    ProductUnfavourited = 33,
    FavouriteAddedToCart = 34,
    ProductShared = 35,
    CartShared = 36,
    ProductReviewed = 37,
    OrderPaid = 38,
    OrderShipped = 39,
    OrderDelivered = 40,

    /// <summary>The shop says that nothing is in the cart: by name, or by a list of products with none in it.</summary>
    CartEmptied = 41,

    SignedUp = 60,
    SignUpFailed = 61,
    SignedIn = 62,
    SignedOut = 63,
    InviteSent = 64,
    InviteAccepted = 65,
    Subscribed = 66,
    Unsubscribed = 67,
    CommentPosted = 68,
    InquirySubmitted = 69,
    ChatStarted = 70,
    ChatMessage = 71,
    CallLogged = 72,
    SurveyAnswered = 73,
    SignUpStarted = 74,
    ExperimentViewed = 75,

    /// <summary>The storefront has shown what was recommended.</summary>
    RecommendationsShown = 76,

    MessageDelivered = 90,
    MessageOpened = 91,
    MessageClicked = 92,
    MessageBounced = 93,
    MessageMarkedAsSpam = 94,
}

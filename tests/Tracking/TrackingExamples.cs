using System.Text;
using Personalization.Events;
using Personalization.Tracking;

namespace Personalization.Tests.Tracking;

/// <summary>Calls as clients send them, and short ways of reading them.</summary>
static class TrackingExamples
{
    public static readonly long ReceivedAt = Milliseconds("2026-03-02T09:05:00Z");

    public static long Milliseconds(string time) => DateTimeOffset.Parse(time).ToUnixTimeMilliseconds();

    public static ParsedCall Read(CallType type, string json) =>
        TrackingParser.Call(type, Encoding.UTF8.GetBytes(json), ReceivedAt);

    public static string TrackJson(string name, string properties) =>
        $$"""{"anonymousId":"a-7f3e","event":"{{name}}","properties":{{properties}}}""";

    public static ParsedCall Track(string name, string properties) => Read(CallType.Track, TrackJson(name, properties));

    public static ParsedBatch Batch(string json) => TrackingParser.Batch(Encoding.UTF8.GetBytes(json), ReceivedAt);

    /// <summary>Every event of the e-commerce spec (v2) with its properties, and what it is to become.</summary>
    public static readonly (
        string Name,
        EventKind Kind,
        string Properties,
        string Products,
        string? Reference,
        string? Label
    )[] Commerce =
    [
        ("Products Searched", EventKind.ProductsSearched, """{"query":"rain jacket"}""", "", null, null),
        (
            "Product List Viewed",
            EventKind.ProductListViewed,
            """
            {"list_id":"jackets","category":"Jackets","products":[{"product_id":"p-55","position":1,
            "price":39.9},{"product_id":"p-56","position":2,"price":59}]}
            """,
            "p-55x1@399000 p-56x1@590000",
            "jackets",
            "Jackets"
        ),
        (
            "Product List Filtered",
            EventKind.ProductListFiltered,
            """
            {"list_id":"jackets","filters":[{"type":"color","value":"blue"}],"sorts":[{"type":"price","value":"asc"}],
            "products":[{"product_id":"p-55"}]}
            """,
            "p-55x1@0",
            "jackets",
            null
        ),
        (
            "Promotion Viewed",
            EventKind.PromotionViewed,
            """{"promotion_id":"spring","creative":"hero-2","name":"Spring","position":"home_top"}""",
            "",
            "spring",
            "Spring"
        ),
        (
            "Promotion Clicked",
            EventKind.PromotionClicked,
            """{"promotion_id":"spring","creative":"hero-2","name":"Spring","position":"home_top"}""",
            "",
            "spring",
            "Spring"
        ),
        ("Product Clicked", EventKind.ProductClicked, """{"product_id":"p-55","position":1}""", "p-55x1@0", null, null),
        (
            "Product Viewed",
            EventKind.ProductViewed,
            """
            {"product_id":"p-55","sku":"J-55-M","name":"Rain jacket","brand":"Orvo","category":"Jackets",
            "variant":"M","price":39.9,"currency":"EUR","quantity":1,"value":39.9}
            """,
            "p-55x1@399000",
            null,
            null
        ),
        (
            "Product Added",
            EventKind.ProductAdded,
            """{"cart_id":"k-9","product_id":"p-55","variant":"M","price":39.9,"quantity":1}""",
            "p-55x1@399000",
            "k-9",
            null
        ),
        (
            "Product Removed",
            EventKind.ProductRemoved,
            """{"cart_id":"k-9","product_id":"p-55","quantity":1}""",
            "p-55x1@0",
            "k-9",
            null
        ),
        (
            "Cart Viewed",
            EventKind.CartViewed,
            """{"cart_id":"k-9","products":[{"product_id":"p-55","quantity":1,"price":39.9}]}""",
            "p-55x1@399000",
            "k-9",
            null
        ),
        (
            "Checkout Started",
            EventKind.CheckoutStarted,
            """
            {"order_id":"o-77","value":44.8,"revenue":39.9,"shipping":4.9,"tax":0,"discount":0,"currency":"EUR",
            "products":[{"product_id":"p-55","quantity":1,"price":39.9}]}
            """,
            "p-55x1@399000",
            "o-77",
            null
        ),
        ("Checkout Step Viewed", EventKind.CheckoutStepViewed, """{"checkout_id":"h-3","step":2}""", "", "h-3", null),
        (
            "Checkout Step Completed",
            EventKind.CheckoutStepCompleted,
            """{"checkout_id":"h-3","step":2,"shipping_method":"courier"}""",
            "",
            "h-3",
            null
        ),
        (
            "Payment Info Entered",
            EventKind.PaymentInfoEntered,
            """{"checkout_id":"h-3","order_id":"o-77","payment_method":"card"}""",
            "",
            "o-77",
            null
        ),
        (
            "Order Completed",
            EventKind.OrderCompleted,
            """
            {"checkout_id":"h-3","order_id":"o-77","subtotal":39.9,"total":44.8,"revenue":39.9,"shipping":4.9,"tax":0,
            "discount":0,"currency":"EUR","products":[{"product_id":"p-55","sku":"J-55-M","quantity":2,
            "price":39.9}]}
            """,
            "p-55x2@399000",
            "o-77",
            null
        ),
        (
            "Order Updated",
            EventKind.OrderUpdated,
            """
            {"order_id":"o-77","total":104.7,"revenue":99.8,"shipping":4.9,"currency":"EUR",
            "products":[{"product_id":"p-55","quantity":1,"price":39.9},{"product_id":"p-58","quantity":1,
            "price":59.9}]}
            """,
            "p-55x1@399000 p-58x1@599000",
            "o-77",
            null
        ),
        (
            "Order Refunded",
            EventKind.OrderRefunded,
            """{"order_id":"o-77","total":39.9,"currency":"EUR","products":[{"product_id":"p-55","quantity":1,"price":39.9}]}""",
            "p-55x1@399000",
            "o-77",
            null
        ),
        (
            "Order Cancelled",
            EventKind.OrderCancelled,
            """
            {"order_id":"o-77","total":44.8,"currency":"EUR","reason":"too late","products":[{"product_id":"p-55",
            "quantity":1}]}
            """,
            "p-55x1@0",
            "o-77",
            "too late"
        ),
        (
            "Product Added to Wishlist",
            EventKind.ProductFavourited,
            """{"wishlist_id":"w-1","wishlist_name":"Later","product_id":"p-55","price":39.9}""",
            "p-55x1@399000",
            "w-1",
            null
        ),
        (
            "Product Removed from Wishlist",
            EventKind.ProductUnfavourited,
            """{"wishlist_id":"w-1","product_id":"p-55"}""",
            "p-55x1@0",
            "w-1",
            null
        ),
        (
            "Wishlist Product Added to Cart",
            EventKind.FavouriteAddedToCart,
            """{"wishlist_id":"w-1","cart_id":"k-9","product_id":"p-55","quantity":1}""",
            "p-55x1@0",
            "k-9",
            null
        ),
        ("Coupon Entered", EventKind.CouponEntered, """{"cart_id":"k-9","coupon_id":"ANA10"}""", "", "ANA10", null),
        (
            "Coupon Applied",
            EventKind.CouponApplied,
            """{"cart_id":"k-9","coupon_id":"ANA10","coupon_name":"10 percent","discount":3.99}""",
            "",
            "ANA10",
            null
        ),
        (
            "Coupon Denied",
            EventKind.CouponDenied,
            """{"cart_id":"k-9","coupon_id":"OLD5","reason":"expired"}""",
            "",
            "OLD5",
            "expired"
        ),
        (
            "Coupon Removed",
            EventKind.CouponRemoved,
            """{"cart_id":"k-9","coupon_id":"ANA10","discount":3.99}""",
            "",
            "ANA10",
            null
        ),
        (
            "Product Shared",
            EventKind.ProductShared,
            """{"share_via":"email","recipient":"rui@shop.test","product_id":"p-55"}""",
            "p-55x1@0",
            null,
            "email"
        ),
        (
            "Cart Shared",
            EventKind.CartShared,
            """{"share_via":"link","cart_id":"k-9","products":[{"product_id":"p-55"}]}""",
            "p-55x1@0",
            "k-9",
            "link"
        ),
        (
            "Product Reviewed",
            EventKind.ProductReviewed,
            """{"product_id":"p-55","review_id":"r-8","review_body":"Warm","rating":"4"}""",
            "p-55x1@0",
            "r-8",
            null
        ),
    ];
}

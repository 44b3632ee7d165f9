using System.Collections.Frozen;

namespace Personalization.Events;

/// <summary>The spelling of <see cref="EventKind"/> on the wire: the e-commerce spec v2, its v1 aliases, and the names for what it has no event for.</summary>
public static class EventNames
{
    static readonly (string Name, EventKind Kind)[] Canonical =
    [
        ("Products Searched", EventKind.ProductsSearched),
        ("Product List Viewed", EventKind.ProductListViewed),
        ("Product List Filtered", EventKind.ProductListFiltered),
        ("Promotion Viewed", EventKind.PromotionViewed),
        ("Promotion Clicked", EventKind.PromotionClicked),
        ("Product Clicked", EventKind.ProductClicked),
        ("Product Viewed", EventKind.ProductViewed),
        ("Product Added", EventKind.ProductAdded),
        ("Product Removed", EventKind.ProductRemoved),
        ("Cart Viewed", EventKind.CartViewed),
        ("Checkout Started", EventKind.CheckoutStarted),
        ("Checkout Step Viewed", EventKind.CheckoutStepViewed),
        ("Checkout Step Completed", EventKind.CheckoutStepCompleted),
        ("Payment Info Entered", EventKind.PaymentInfoEntered),
        ("Order Updated", EventKind.OrderUpdated),
        ("Order Completed", EventKind.OrderCompleted),
        ("Order Refunded", EventKind.OrderRefunded),
        ("Order Cancelled", EventKind.OrderCancelled),
        ("Coupon Entered", EventKind.CouponEntered),
        ("Coupon Applied", EventKind.CouponApplied),
        ("Coupon Denied", EventKind.CouponDenied),
        ("Coupon Removed", EventKind.CouponRemoved),
        ("Product Added to Wishlist", EventKind.ProductFavourited),
        ("Product Removed from Wishlist", EventKind.ProductUnfavourited),
        ("Wishlist Product Added to Cart", EventKind.FavouriteAddedToCart),
        ("Product Shared", EventKind.ProductShared),
        ("Cart Shared", EventKind.CartShared),
        ("Product Reviewed", EventKind.ProductReviewed),
        ("Order Paid", EventKind.OrderPaid),
        ("Order Shipped", EventKind.OrderShipped),
        ("Order Delivered", EventKind.OrderDelivered),
        ("Signed Up", EventKind.SignedUp),
        ("Sign Up Started", EventKind.SignUpStarted),
        ("Sign Up Failed", EventKind.SignUpFailed),
        ("Signed In", EventKind.SignedIn),
        ("Signed Out", EventKind.SignedOut),
        ("Invite Sent", EventKind.InviteSent),
        ("Invite Accepted", EventKind.InviteAccepted),
        ("Subscribed", EventKind.Subscribed),
        ("Unsubscribed", EventKind.Unsubscribed),
        ("Comment Posted", EventKind.CommentPosted),
        ("Inquiry Submitted", EventKind.InquirySubmitted),
        ("Chat Started", EventKind.ChatStarted),
        ("Chat Message", EventKind.ChatMessage),
        ("Call Logged", EventKind.CallLogged),
        ("Survey Answered", EventKind.SurveyAnswered),
        ("Cart Emptied", EventKind.CartEmptied),
        ("Experiment Viewed", EventKind.ExperimentViewed),
        ("Recommendations Shown", EventKind.RecommendationsShown),
        ("Email Delivered", EventKind.MessageDelivered),
        ("Email Opened", EventKind.MessageOpened),
        ("Email Link Clicked", EventKind.MessageClicked),
        ("Email Bounced", EventKind.MessageBounced),
        ("Email Marked as Spam", EventKind.MessageMarkedAsSpam),
    ];

    /// <summary>The names of the spec's first version that clients in the field still send, and what shops call a cart that changed.</summary>
    static readonly (string Name, EventKind Kind)[] Aliases =
    [
        ("Viewed Product", EventKind.ProductViewed),
        ("Clicked Product", EventKind.ProductClicked),
        ("Added Product", EventKind.ProductAdded),
        ("Removed Product", EventKind.ProductRemoved),
        ("Viewed Product Category", EventKind.ProductListViewed),
        ("Completed Order", EventKind.OrderCompleted),
        ("Updated Order", EventKind.OrderUpdated),
        ("Started Order", EventKind.CheckoutStarted),
        ("Viewed Checkout Step", EventKind.CheckoutStepViewed),
        ("Completed Checkout Step", EventKind.CheckoutStepCompleted),
        ("Viewed Promotion", EventKind.PromotionViewed),
        ("Clicked Promotion", EventKind.PromotionClicked),
        ("Cart Updated", EventKind.CartViewed),
        ("Cart Cleared", EventKind.CartEmptied),
        ("Checkout Updated", EventKind.CheckoutStarted),
    ];

    static readonly FrozenDictionary<string, EventKind> ByName = Canonical
        .Concat(Aliases)
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Kind, StringComparer.OrdinalIgnoreCase);

    const int MaxDistance = 2,
        MaxLetters = 40;

    static readonly (string Name, string Letters)[] Spellings = [.. Canonical.Select(pair => (pair.Name, Letters(pair.Name)))];

    static readonly FrozenDictionary<string, EventKind> ByLetters = Canonical
        .Concat(Aliases)
        .ToFrozenDictionary(pair => Letters(pair.Name), pair => pair.Kind);

    /// <summary>
    /// The kind of a track call's <c>event</c>, in any case and however its words are joined; <see cref="EventKind.Other"/> for a name that is not known here.
    /// </summary>
    public static EventKind KindOf(string name) =>
        ByName.TryGetValue(name, out var kind) ? kind : ByLetters.GetValueOrDefault(Letters(name), EventKind.Other);

    /// <summary>
    /// The known name that a name which is not known nearly is, at most two letters away; null where there is none.
    /// </summary>
    public static string? Nearest(string name)
    {
        var letters = Letters(name);
        var (nearest, least) = ((string?)null, MaxDistance + 1);
        foreach (var (known, its) in Spellings)
            if (
                Math.Abs(its.Length - letters.Length) < least
                && Distance(letters, its, least) is var distance
                && distance < least
            )
                (nearest, least) = (known, distance);
        return nearest;
    }

    /// <summary>Letters and digits in lower case: order_completed and orderCompleted are Order Completed.</summary>
    static string Letters(string name) => string.Create(name.Count(char.IsLetterOrDigit), name, static (letters, name) =>
        {
            var length = 0;
            foreach (var one in name)
                if (char.IsLetterOrDigit(one))
                    letters[length++] = char.ToLowerInvariant(one);
        });

    /// <summary>Letters to put in, take out or change; <paramref name="enough"/> or more where it is as many.</summary>
    static int Distance(ReadOnlySpan<char> one, ReadOnlySpan<char> other, int enough)
    {
        if (other.Length > MaxLetters || one.Length > MaxLetters)
            return enough;
        Span<int> row = stackalloc int[MaxLetters + 1];
        for (var j = 0; j <= other.Length; j++)
            row[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            var (diagonal, best) = (row[0], row[0] = i);
            for (var j = 1; j <= other.Length; j++)
            {
                var changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
                best = Math.Min(best, row[j]);
            }
            if (best >= enough)
                return enough;
        }
        return row[other.Length];
    }
}

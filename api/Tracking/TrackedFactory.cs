using Personalization.Events;
using Personalization.Shop;

namespace Personalization.Tracking;

/// <summary>The event a call becomes, once its names and products have numbers.</summary>
public static class TrackedFactory
{
    /// <summary>Makes the event.</summary>
    /// <param name="name">Number of the name it came in under: the user id's if there is one, else the anonymous id's.</param>
    /// <param name="linkedName">Number of the other name (an anonymous id beside a user id, an alias' previous id), or 0.</param>
    /// <param name="products">The product number of each of the call's lines, in their order.</param>
    /// <param name="receivedAt">Unix milliseconds; the same as the parser was given.</param>
    public static Tracked Create(
        IncomingCall call,
        long name,
        long linkedName,
        ReadOnlySpan<int> products,
        ShopSettings shop,
        long receivedAt
    ) =>
        new()
        {
            Time = call.Time,
            Kind = call.Kind,
            Message = call.Message,
            Name = name,
            LinkedName = linkedName,
            Received = receivedAt,
            Marks = call.Marks,
            Lines = Lines(call.Lines, products),
            Reference = call.Reference,
            Label = call.Label,
            Amount = call.Amount ?? 0,
            IsRunningTotal = call.IsRunningTotal,
            Currency = call.Currency,
            BaseAmount = call.Amount is { } amount ? shop.ToBase(amount, call.Currency) : null,
            Rating = call.Rating,
            Source = call.Source,
            Personal = call.Personal,
            Crowd = call.Crowd,
            Attributions = call.Attributions,
            IsMachine = call.IsMachine,
        };

    static OrderLine[] Lines(IncomingLine[] incoming, ReadOnlySpan<int> products)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(products.Length, incoming.Length);
        if (incoming.Length == 0)
            return [];
        var lines = new OrderLine[incoming.Length];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = new OrderLine(products[i], incoming[i].Quantity, incoming[i].Price);
        return lines;
    }
}

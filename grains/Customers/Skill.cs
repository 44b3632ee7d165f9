using System.Text.Json;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>How well somebody knows their way in the shop: who is to be guided, and who wants the short way (R19).</summary>
public enum ShopperKind : byte
{
    /// <summary>In their first visit, and never bought.</summary>
    FirstTime,

    /// <summary>Neither new nor skilled.</summary>
    Occasional,

    /// <summary>Knows the shop: <see cref="Skill.Enough"/> points.</summary>
    Skilled,
}

/// <summary>What the kind rests on.</summary>
/// <param name="Orders">Those that are only claimed count too: nothing but the page's looks follows from it.</param>
/// <param name="Visits">With the one going on.</param>
/// <param name="Searches">Searches of products.</param>
/// <param name="QuickAdds">Products put in the cart within two minutes after a look, of the acts remembered.</param>
[GenerateSerializer, Immutable, Alias("skill")]
public readonly record struct Skill(int Orders, int Visits, int Searches, int QuickAdds)
{
    /// <summary>Points that make a skilled shopper.</summary>
    public const int Enough = 4;

    const int Quick = 120;

    public static Skill Of(CustomerState state, long now) =>
        new(
            state.Orders + state.ClaimedOrders.Count,
            now - state.LastSeen <= Fold.VisitGap ? state.Visits : state.Visits + 1,
            state.Searches,
            QuickAddsIn(state.Touches.Span)
        );

    public ShopperKind Kind =>
        Points >= Enough ? ShopperKind.Skilled
        : Orders == 0 && Visits <= 1 ? ShopperKind.FirstTime
        : ShopperKind.Occasional;

    /// <summary>The spelling on the wire, for instance "first-time".</summary>
    public string Word => Words[(int)Kind];

    /// <summary>What it rests on, for people.</summary>
    public string Because =>
        $"{Of(Orders, "order")}, {Of(Visits, "visit")}, {Of(Searches, "search", "searches")}, "
        + $"{Of(QuickAdds, "product")} put in the cart within two minutes";

    /// <summary>An order is worth two, up to four; three visits one, up to two; three searches one; two quick adds one.</summary>
    int Points => Math.Min(2 * Orders, 4) + Math.Min(Visits / 3, 2) + (Searches >= 3 ? 1 : 0) + (QuickAdds >= 2 ? 1 : 0);

    static int QuickAddsIn(ReadOnlySpan<Touch> touches)
    {
        var quick = 0;
        for (var i = 1; i < touches.Length; i++)
            if (touches[i].Signal == Signal.CartAdd && IsQuick(touches[..i], touches[i]))
                quick++;
        return quick;
    }

    static bool IsQuick(ReadOnlySpan<Touch> before, Touch added)
    {
        for (var i = before.Length - 1; i >= 0 && added.Time - before[i].Time <= Quick; i--)
            if (before[i].Product == added.Product && before[i].Signal == Signal.View)
                return true;
        return false;
    }

    static string Of(int count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? one + "s")}";

    static readonly string[] Words = [.. Enum.GetNames<ShopperKind>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
}

namespace Personalization.Recommendations;

/// <summary>Placements as they are spelled on the wire.</summary>
public static class PlacementNames
{
    static readonly Dictionary<string, Placement> Placements = new(StringComparer.OrdinalIgnoreCase)
    {
        ["home"] = Placement.Home,
        ["product"] = Placement.Product,
        ["cart"] = Placement.Cart,
        ["checkout"] = Placement.Checkout,
        ["recently-viewed"] = Placement.RecentlyViewed,
        ["email"] = Placement.Email,
    };

    public static IReadOnlyCollection<string> All => Placements.Keys;

    public static bool TryParse(string name, out Placement placement) => Placements.TryGetValue(name, out placement);

    public static string Of(Placement placement) => Placements.First(one => one.Value == placement).Key;
}

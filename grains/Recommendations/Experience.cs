namespace Personalization.Recommendations;

/// <summary>How well a shopper knows the way through the shop (R19): the guided way, either, or the short way.</summary>
public enum Experience : byte
{
    /// <summary>Never bought and hardly been here.</summary>
    FirstTime,

    /// <summary>Has been here, or bought once or twice.</summary>
    Occasional,

    /// <summary>Bought three times or more.</summary>
    Skilled,
}

/// <summary>Distinguishes skilled from first-time shoppers.</summary>
public static class ExperienceOfShopper
{
    const int FewVisits = 2;
    const int ManyPurchases = 3;

    /// <summary>By purchases, and by visits where there are none.</summary>
    public static Experience Experience(this in Shopper shopper)
    {
        var bought = 0;
        foreach (var purchase in shopper.Purchases)
            bought += purchase.Count;
        if (bought >= ManyPurchases)
            return Recommendations.Experience.Skilled;
        return bought == 0 && shopper.Visit <= FewVisits
            ? Recommendations.Experience.FirstTime
            : Recommendations.Experience.Occasional;
    }
}

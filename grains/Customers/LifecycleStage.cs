namespace Personalization.Customers;

/// <summary>Where a customer stands in its life with the shop (R20), from what it has done and how long it has been silent.</summary>
public enum LifecycleStage : byte
{
    /// <summary>Nothing known yet.</summary>
    Stranger,

    /// <summary>Came and looked.</summary>
    Visitor,

    /// <summary>Left a name, a favourite or a cart.</summary>
    Prospect,
    FirstTimeBuyer,
    SecondTimeBuyer,
    ThirdTimeBuyer,
    LoyalBuyer,

    /// <summary>A prospect silent for 30 days.</summary>
    DormantProspect,

    /// <summary>A prospect silent for 180 days.</summary>
    LostProspect,

    /// <summary>A buyer whose risk has crossed the threshold, and who can still be kept.</summary>
    AtRiskBuyer,

    /// <summary>A buyer silent beyond the time in which a warning is of use.</summary>
    LostBuyer,
}

public static class Lifecycle
{
    const long Day = 86_400_000;

    /// <summary>
    /// The stage at a time (Unix milliseconds); the assessment is that of the same time, null for customers without purchases.
    /// </summary>
    public static LifecycleStage StageAt(CustomerState s, long now, Churn.Assessment? churn)
    {
        if (s.Events == 0)
            return LifecycleStage.Stranger;
        if (s.Orders > 0)
            return churn switch
            {
                { Lost: true } => LifecycleStage.LostBuyer,
                { AtRisk: true } => LifecycleStage.AtRiskBuyer,
                _ => s.Orders switch
                {
                    1 => LifecycleStage.FirstTimeBuyer,
                    2 => LifecycleStage.SecondTimeBuyer,
                    3 => LifecycleStage.ThirdTimeBuyer,
                    _ => LifecycleStage.LoyalBuyer,
                },
            };
        if (!s.Known && !s.Registered && s.Cart.Count == 0 && s.Favourites.Count == 0)
            return LifecycleStage.Visitor;
        return (now - s.LastSeen) switch
        {
            > 180 * Day => LifecycleStage.LostProspect,
            > 30 * Day => LifecycleStage.DormantProspect,
            _ => LifecycleStage.Prospect,
        };
    }

    /// <summary>The spelling on the wire, for instance "first-time-buyer".</summary>
    public static string Word(this LifecycleStage stage) => Words[(int)stage];

    static readonly string[] Words =
    [
        "stranger",
        "visitor",
        "prospect",
        "first-time-buyer",
        "second-time-buyer",
        "third-time-buyer",
        "loyal-buyer",
        "dormant-prospect",
        "lost-prospect",
        "at-risk-buyer",
        "lost-buyer",
    ];
}

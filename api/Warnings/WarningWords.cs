using Personalization.Events;

namespace Personalization.Warnings;

/// <summary>Policies and outcomes as they are spelled on the wire.</summary>
public static class WarningWords
{
    public static string Of(WarningPolicy policy) =>
        policy switch
        {
            WarningPolicy.Churn => "churn",
            WarningPolicy.ViewedNotCarted => "viewed-not-carted",
            WarningPolicy.CartLeft => "cart-left",
            WarningPolicy.CheckoutLeft => "checkout-left",
            WarningPolicy.RegistrationLeft => "registration-left",
            _ => "other",
        };

    public static string Of(WarningOutcome outcome) =>
        outcome switch
        {
            WarningOutcome.Resolved => "resolved",
            WarningOutcome.Expired => "expired",
            WarningOutcome.Contacted => "contacted",
            WarningOutcome.WonBack => "won-back",
            WarningOutcome.BoughtElsewhere => "bought-elsewhere",
            WarningOutcome.NotInterested => "not-interested",
            WarningOutcome.Wrong => "wrong",
            _ => "open",
        };

    public static readonly IReadOnlyDictionary<string, WarningPolicy> Policies = Enum.GetValues<WarningPolicy>()
        .ToDictionary(Of, StringComparer.OrdinalIgnoreCase);

    /// <summary>What a marketer can say of a warning.</summary>
    public static readonly IReadOnlyDictionary<string, WarningOutcome> Outcomes = new[]
    {
        WarningOutcome.Contacted,
        WarningOutcome.WonBack,
        WarningOutcome.BoughtElsewhere,
        WarningOutcome.NotInterested,
        WarningOutcome.Wrong,
    }.ToDictionary(Of, StringComparer.OrdinalIgnoreCase);
}

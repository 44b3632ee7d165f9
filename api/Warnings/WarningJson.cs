using System.Text.Json;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Warnings;

/// <summary>Warnings on the wire.</summary>
public static class WarningJson
{
    public static void Write(Utf8JsonWriter json, WarningRow row, IEnumerable<BoundName> names)
    {
        var known = names.OrderBy(name => name.Kind).FirstOrDefault();
        json.WriteStartObject();
        json.WriteString("warningId", row.Warning);
        json.WriteString("customerId", known?.Value);
        json.WriteString("customerNumber", row.Customer.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("policy", PolicyWord(row.Policy));
        json.WriteNumber("risk", row.Risk);
        json.WriteNumber("moneyAtRisk", CustomerJson.Money(row.MoneyAtRisk));
        json.WriteStartArray("reasons");
        foreach (var reason in row.Reasons.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(reason);
        json.WriteEndArray();
        CustomerJson.WriteTime(json, "raisedAt", row.RaisedAt);
        json.WriteString("status", row.Status == 0 ? "open" : OutcomeWord((WarningOutcome)row.Status));
        if (row.ClosedAt != 0)
            CustomerJson.WriteTime(json, "closedAt", row.ClosedAt);
        json.WriteString("modelVersion", row.Model);
        json.WriteEndObject();
    }

    public static string PolicyWord(byte policy) =>
        (WarningPolicy)policy switch
        {
            WarningPolicy.Churn => "churn",
            WarningPolicy.ViewedNotCarted => "viewed-not-carted",
            WarningPolicy.CartLeft => "cart-left",
            WarningPolicy.CheckoutLeft => "checkout-left",
            WarningPolicy.RegistrationLeft => "registration-left",
            _ => "other",
        };

    public static readonly IReadOnlyDictionary<string, WarningPolicy> Policies = Enum.GetValues<WarningPolicy>()
        .ToDictionary(policy => PolicyWord((byte)policy), StringComparer.OrdinalIgnoreCase);

    public static string OutcomeWord(WarningOutcome outcome) =>
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

    /// <summary>What a marketer can say of a warning.</summary>
    public static readonly IReadOnlyDictionary<string, WarningOutcome> Outcomes = new[]
    {
        WarningOutcome.Contacted,
        WarningOutcome.WonBack,
        WarningOutcome.BoughtElsewhere,
        WarningOutcome.NotInterested,
        WarningOutcome.Wrong,
    }.ToDictionary(OutcomeWord, StringComparer.OrdinalIgnoreCase);
}

using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>Customers on the wire: product ids and user ids in place of numbers, amounts as decimals, times as ISO 8601.</summary>
public static class CustomerJson
{
    public static void Write(Utf8JsonWriter json, CustomerView view, IReadOnlyList<BoundName> names, ProductCatalogue catalogue)
    {
        json.WriteStartObject();
        WriteNames(json, view.Customer, names);
        json.WriteString("stage", view.Stage.Word());
        json.WriteBoolean("known", view.Known);
        json.WriteNumber("version", view.Version);
        json.WriteNumber("events", view.Events);
        json.WriteNumber("visits", view.Visits);
        json.WriteNumber("orders", view.Orders);
        json.WriteNumber("revenue", Money(view.Revenue));
        json.WriteNumber("cancellations", view.Cancellations);
        json.WriteNumber("cancelled", Money(view.Cancelled));
        WriteTime(json, "firstSeen", view.FirstSeen);
        WriteTime(json, "lastSeen", view.LastSeen);
        WriteTime(json, "lastOrder", view.LastOrder);
        WriteCart(json, view, catalogue);
        WriteProducts(json, "favourites", view.Favourites, catalogue);
        WriteProducts(json, "recentlyViewed", view.RecentlyViewed, catalogue);
        WriteDraft(json, view.Draft, catalogue);
        WriteProfile(json, view.Profile);
        WriteSource(json, "firstSource", view.FirstSource);
        WriteSource(json, "lastSource", view.LastSource);
        WriteConsents(json, view.Consents);
        json.WritePropertyName("churn");
        WriteChurn(json, view.Churn, null);
        json.WriteStartArray("warnings");
        foreach (var warning in view.Warnings)
            WriteWarning(json, warning);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteNames(Utf8JsonWriter json, long customer, IReadOnlyList<BoundName> names)
    {
        json.WriteString(
            "customerId",
            names.FirstOrDefault(name => name.Kind == NameKind.User)?.Value ?? names.FirstOrDefault()?.Value
        );
        json.WriteString("number", customer.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteStartArray("userIds");
        foreach (var name in names)
            if (name.Kind == NameKind.User)
                json.WriteStringValue(name.Value);
        json.WriteEndArray();
        json.WriteStartArray("anonymousIds");
        foreach (var name in names)
            if (name.Kind == NameKind.Anonymous)
                json.WriteStringValue(name.Value);
        json.WriteEndArray();
    }

    public static void WriteChurn(Utf8JsonWriter json, ChurnView churn, float? before)
    {
        json.WriteStartObject();
        if (churn.Risk is { } risk)
            json.WriteNumber("risk", risk);
        else
            json.WriteNull("risk");
        if (before is { } was)
            json.WriteNumber("riskBefore", was);
        json.WriteBoolean("atRisk", churn.AtRisk);
        json.WriteStartArray("reasons");
        foreach (var reason in churn.Reasons)
            json.WriteStringValue(reason);
        json.WriteEndArray();
        json.WriteNumber("moneyAtRisk", Money(churn.MoneyAtRisk));
        json.WriteNumber("expectedValue", Money(churn.ExpectedValue));
        json.WriteString("modelVersion", churn.ModelVersion);
        if (churn.Forecast is { } forecast)
            WriteForecast(json, forecast);
        else
            json.WriteNull("forecast");
        json.WriteEndObject();
    }

    static void WriteForecast(Utf8JsonWriter json, ForecastView forecast)
    {
        json.WriteStartObject("forecast");
        json.WriteNumber("horizonDays", forecast.HorizonDays);
        json.WriteNumber("active", Math.Round(forecast.Active, 4));
        json.WriteNumber("purchases", Math.Round(forecast.Purchases, 4));
        json.WriteNumber("value", Money(forecast.Value));
        json.WriteStartObject("nextPurchase");
        WriteTime(json, "expected", Last(forecast.Next));
        WriteTime(json, "earliest", Last(forecast.Earliest));
        WriteTime(json, "latest", Last(forecast.Latest));
        json.WriteEndObject();
        json.WriteString("modelVersion", forecast.ModelVersion);
        json.WriteEndObject();
    }

    // Of somebody who buys once in a lifetime the next purchase may lie beyond what a date can say.
    static long Last(long time) => Math.Min(time, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());

    /// <summary>A row of the list, with the names that point to it.</summary>
    public static void WriteRow(Utf8JsonWriter json, CustomerRow row, IReadOnlyList<BoundName> names)
    {
        json.WriteStartObject();
        WriteNames(json, row.Customer, names);
        json.WriteBoolean("known", row.Known);
        json.WriteNumber("events", row.Events);
        json.WriteNumber("orders", row.Orders);
        json.WriteNumber("revenue", Money(row.Revenue));
        json.WriteNumber("cancellations", row.Cancellations);
        json.WriteNumber("cancelled", Money(row.Cancelled));
        WriteTime(json, "firstSeen", row.FirstSeen);
        WriteTime(json, "lastSeen", row.LastSeen);
        WriteTime(json, "lastOrder", row.LastOrder);
        json.WriteEndObject();
    }

    /// <summary>Ten-thousandths as a decimal without trailing zeros.</summary>
    public static decimal Money(long amount) => amount / 10_000m / 1.0000000000000000m;

    public static void WriteTime(Utf8JsonWriter json, string name, long time)
    {
        if (time == 0)
            json.WriteNull(name);
        else
            json.WriteString(name, DateTimeOffset.FromUnixTimeMilliseconds(time));
    }

    static void WriteCart(Utf8JsonWriter json, CustomerView view, ProductCatalogue catalogue)
    {
        json.WriteStartArray("cart");
        foreach (var line in view.Cart)
            WriteLine(json, line.Product, line.Quantity, line.Price, catalogue);
        json.WriteEndArray();
    }

    static void WriteLine(Utf8JsonWriter json, int number, int quantity, long price, ProductCatalogue catalogue)
    {
        if (catalogue[number] is not { } product)
            return;
        json.WriteStartObject();
        json.WriteString("productId", product.Id);
        json.WriteNumber("quantity", quantity);
        if (price > 0)
            json.WriteNumber("price", Money(price));
        json.WriteEndObject();
    }

    static void WriteProducts(Utf8JsonWriter json, string name, int[] numbers, ProductCatalogue catalogue)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            if (catalogue[number] is { } product)
                json.WriteStringValue(product.Id);
        json.WriteEndArray();
    }

    static void WriteDraft(Utf8JsonWriter json, DraftOrder? draft, ProductCatalogue catalogue)
    {
        if (draft is null)
            return;
        json.WriteStartObject("draftOrder");
        json.WriteString("orderId", draft.Reference);
        json.WriteNumber("amount", Money(draft.Amount));
        WriteTime(json, "at", draft.Time);
        json.WriteStartArray("lines");
        foreach (var line in draft.Lines)
            WriteLine(json, line.Product, line.Quantity, line.Price, catalogue);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteProfile(Utf8JsonWriter json, Profile? profile)
    {
        if (profile is null)
            return;
        json.WriteStartObject("profile");
        if (profile.TimeZone is not null)
            json.WriteString("timeZone", profile.TimeZone);
        if (profile.Locale is not null)
            json.WriteString("locale", profile.Locale);
        if (profile.Traits is { } traits)
        {
            json.WritePropertyName("traits");
            json.WriteRawValue(traits);
        }
        json.WriteEndObject();
    }

    static void WriteSource(Utf8JsonWriter json, string name, VisitSource? source)
    {
        if (source is null)
            return;
        json.WriteStartObject(name);
        if (source.Source is not null)
            json.WriteString("source", source.Source);
        if (source.Medium is not null)
            json.WriteString("medium", source.Medium);
        if (source.Campaign is not null)
            json.WriteString("campaign", source.Campaign);
        if (source.Term is not null)
            json.WriteString("term", source.Term);
        if (source.Content is not null)
            json.WriteString("content", source.Content);
        if (source.ReferrerHost is not null)
            json.WriteString("referrer", source.ReferrerHost);
        json.WriteEndObject();
    }

    static void WriteConsents(Utf8JsonWriter json, IReadOnlyList<ConsentView> consents)
    {
        json.WriteStartArray("consents");
        foreach (var consent in consents)
        {
            json.WriteStartObject();
            json.WriteString("channel", consent.Channel);
            json.WriteString("topic", consent.Topic);
            json.WriteBoolean("granted", consent.Granted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteWarning(Utf8JsonWriter json, OpenWarning warning)
    {
        json.WriteStartObject();
        json.WriteString("warningId", warning.Warning);
        json.WriteString("policy", Warnings.WarningJson.PolicyWord((byte)warning.Policy));
        json.WriteNumber("risk", warning.Risk);
        json.WriteNumber("moneyAtRisk", Money(warning.MoneyAtRisk));
        WriteTime(json, "raisedAt", warning.RaisedAt);
        json.WriteEndObject();
    }
}

using System.Text.Json;
using Personalization.Customers;
using Personalization.Outreach;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>The answers to tracking calls: <c>{"success":true}</c>, and for the shop's server what the event changed.</summary>
static class RecordedJson
{
    static readonly byte[] Success = "{\"success\":true}"u8.ToArray();

    public static Task WriteAsync(HttpContext http, Recorded recorded)
    {
        http.Response.ContentType = "application/json";
        if (recorded is { Recommendations: null, Stage: null, Churn: null, Outreach: null })
        {
            http.Response.ContentLength = Success.Length;
            return http.Response.Body.WriteAsync(Success).AsTask();
        }
        var renderer = http.RequestServices.GetRequiredService<Recommendations.RecommendationJson>();
        var buffer = http.Response.BodyWriter;
        using (var json = new Utf8JsonWriter(buffer, Hosting.JsonAnswer.Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("success", true);
            json.WriteNumber("position", recorded.Position);
            if (recorded.Duplicates is not null)
                json.WriteBoolean("duplicate", recorded.Duplicates[0]);
            if (recorded.Recommendations is { } recommended)
            {
                json.WritePropertyName("recommendations");
                renderer.Write(json, recorded.Customer, Personalization.Recommendations.Placement.Home, recommended);
            }
            if (recorded.Stage is { } stage)
                WriteStage(json, stage, recorded.StageBefore);
            if (recorded.Churn is { } churn)
            {
                json.WritePropertyName("churn");
                Customers.CustomerJson.WriteChurn(json, churn, recorded.RiskBefore);
            }
            if (recorded.Outreach is { } outreach)
                WriteOutreach(json, outreach);
            json.WriteEndObject();
        }
        return buffer.FlushAsync(http.RequestAborted).AsTask();
    }

    static void WriteStage(Utf8JsonWriter json, LifecycleStage stage, LifecycleStage? before)
    {
        json.WriteString("stage", stage.Word());
        if (before is { } was && was != stage)
            json.WriteString("stageBefore", was.Word());
    }

    static void WriteOutreach(Utf8JsonWriter json, OutreachChange outreach)
    {
        json.WriteStartObject("outreach");
        json.WriteStartArray("added");
        foreach (var message in outreach.Added)
        {
            json.WriteStartObject();
            json.WriteString("messageId", message.Message);
            json.WriteString("playbook", message.Playbook);
            json.WriteString("channel", message.Channel);
            json.WriteString("notBefore", DateTimeOffset.FromUnixTimeMilliseconds(message.NotBefore));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("cancelled");
        foreach (var message in outreach.Cancelled)
        {
            json.WriteStartObject();
            json.WriteString("messageId", message.Message);
            json.WriteString("playbook", message.Playbook);
            json.WriteString("why", message.Why.Word());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A batch is a 200 that names each bad item: Segment's clients drop a whole batch on a 400.</summary>
    public static Task WriteBatchAsync(HttpContext http, int accepted, IReadOnlyList<ItemProblem> errors)
    {
        http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(http.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteBoolean("success", errors.Count == 0);
            json.WriteNumber("accepted", accepted);
            json.WriteStartArray("errors");
            foreach (var error in errors)
            {
                json.WriteStartObject();
                json.WriteNumber("index", error.Index);
                if (error.Field is not null)
                    json.WriteString("field", error.Field);
                json.WriteString("message", error.Message);
                json.WriteString("remedy", error.Remedy);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return http.Response.BodyWriter.FlushAsync(http.RequestAborted).AsTask();
    }
}

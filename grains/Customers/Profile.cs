using System.Text.Json.Nodes;

namespace Personalization.Customers;

/// <summary>What identify calls told about a person (R04). The reserved traits that are used have fields; all of them stand in <see cref="Traits"/>.</summary>
public sealed class Profile
{
    public string? Email { get; private set; }
    public string? Phone { get; private set; }
    public string? FirstName { get; private set; }
    public string? LastName { get; private set; }
    public string? Birthday { get; private set; }
    public string? TimeZone { get; set; }
    public string? Locale { get; set; }

    /// <summary>Every trait ever given, latest value each, as a JSON object; null when there is none.</summary>
    public string? Traits { get; private set; }

    /// <summary>Takes over the traits of an identify call: later values replace earlier ones, null removes.</summary>
    public void Merge(string traits)
    {
        if (Parse(traits) is not { } given) return;
        var all = Traits is null ? [] : Parse(Traits) ?? [];
        foreach (var (name, value) in given)
        {
            if (value is null) all.Remove(name);
            else all[name] = value.DeepClone();
        }
        Traits = all.ToJsonString();
        Email = Text(all, "email", "email");
        Phone = Text(all, "phone", "phone");
        FirstName = Text(all, "firstName", "first_name") ?? Text(all, "name", "name")?.Split(' ')[0];
        LastName = Text(all, "lastName", "last_name");
        Birthday = Text(all, "birthday", "birthday");
        TimeZone = Text(all, "timezone", "timeZone") ?? TimeZone;
    }

    static JsonObject? Parse(string json)
    {
        try { return JsonNode.Parse(json) as JsonObject; }
        catch (System.Text.Json.JsonException) { return null; }
    }

    static string? Text(JsonObject traits, string name, string other) =>
        ((traits[name] ?? traits[other]) as JsonValue)?.ToString() is { Length: > 0 and <= 320 } text ? text : null;
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Customers;

/// <summary>What identify calls told about a person (R04). The reserved traits that are used have fields; all of them stand in <see cref="Traits"/>.</summary>
[GenerateSerializer, Alias("profile")]
public sealed class Profile
{
    const int MaxTraits = 200,
        MaxCharacters = 64 * 1024;

    [Id(0)]
    public string? Email { get; private set; }

    [Id(1)]
    public string? Phone { get; private set; }

    [Id(2)]
    public string? FirstName { get; private set; }

    [Id(3)]
    public string? LastName { get; private set; }

    [Id(4)]
    public string? Birthday { get; private set; }

    [Id(5)]
    public string? TimeZone { get; set; }

    [Id(6)]
    public string? Locale { get; set; }

    /// <summary>Every trait ever given, latest value each, as a JSON object; null when there is none.</summary>
    [Id(7)]
    public string? Traits { get; private set; }

    /// <summary>For readers outside the turn.</summary>
    public Profile Copy() => (Profile)MemberwiseClone();

    /// <summary>Takes over the traits of an identify call: later values replace earlier ones, null removes.</summary>
    /// <remarks>A profile holds <see cref="MaxTraits"/> traits of <see cref="MaxCharacters"/> in all: what is beyond is left out.</remarks>
    public void Merge(string traits)
    {
        if (Parse(traits) is not { } given)
            return;
        var all = Traits is null ? [] : Parse(Traits) ?? [];
        foreach (var (name, value) in given)
        {
            if (value is null)
                all.Remove(name);
            else if (all.Count < MaxTraits || all.ContainsKey(name))
                all[name] = value.DeepClone();
        }
        if (all.ToJsonString().Length > MaxCharacters)
            return;
        Traits = all.ToJsonString();
        Email = Text(all, "email", "email");
        Phone = Text(all, "phone", "phone");
        FirstName = Text(all, "firstName", "first_name") ?? Text(all, "name", "name")?.Split(' ')[0];
        LastName = Text(all, "lastName", "last_name");
        Birthday = Text(all, "birthday", "birthday");
        TimeZone = Text(all, "timezone", "timeZone") ?? TimeZone;
    }

    /// <summary>
    /// Where a name occurs twice the last value counts. Text that is not valid Unicode is left out, and so is the value of
    /// such a name.
    /// </summary>
    static JsonObject? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var traits = new JsonObject();
            foreach (var property in document.RootElement.EnumerateObject())
                if (IsUnicode(property))
                    traits[property.Name] = Node(property.Value.Clone());
            return traits;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static JsonNode? Node(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Object => JsonObject.Create(value),
            JsonValueKind.Array => JsonArray.Create(value),
            _ => JsonValue.Create(value),
        };

    static bool IsUnicode(JsonProperty property)
    {
        try
        {
            _ = property.Name;
            if (property.Value.ValueKind == JsonValueKind.String)
                _ = property.Value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static string? Text(JsonObject traits, string name, string other) =>
        ((traits[name] ?? traits[other]) as JsonValue)?.ToString() is { Length: > 0 and <= 320 } text ? text : null;
}

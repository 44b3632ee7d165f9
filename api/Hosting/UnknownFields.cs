using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Personalization.Hosting;

/// <summary>Finds what a body says that its contract does not know: a misspelt name would be left out in silence.</summary>
public static class UnknownFields
{
    /// <summary>The path of the first field that is not known, and the name that is nearest to it; null where all are.</summary>
    public static (string Path, string Nearest)? First(JsonElement json, JsonTypeInfo type, string path = "")
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && json.ValueKind == JsonValueKind.Array && type.ElementType is { } element)
        {
            var of = type.Options.GetTypeInfo(element);
            return json.EnumerateArray()
                .Select((item, i) => First(item, of, $"{path}[{i}]"))
                .FirstOrDefault(found => found is not null);
        }
        if (type.Kind != JsonTypeInfoKind.Object || json.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var field in json.EnumerateObject())
        {
            var at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var known = type.Properties.FirstOrDefault(one => one.Name.Equals(field.Name, StringComparison.OrdinalIgnoreCase));
            if (known is null)
                return (at, Settings.NearestFirst(type.Properties.Select(one => one.Name), field.Name).Split(',')[0]);
            if (First(field.Value, type.Options.GetTypeInfo(known.PropertyType), at) is { } below)
                return below;
        }
        return null;
    }
}

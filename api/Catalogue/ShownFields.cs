using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Hosting;
using Personalization.Problems;

namespace Personalization.Catalogue;

/// <summary>What an answer says of each product beside its id (R86): <c>fields=title,price</c>, or <c>fields=all</c>.</summary>
[Flags]
public enum ShownFields
{
    None = 0,
    Title = 1 << 0,

    /// <summary>With its currency.</summary>
    Price = 1 << 1,
    Currency = 1 << 2,
    Image = 1 << 3,
    Url = 1 << 4,

    /// <summary>With the number of reviews behind it.</summary>
    Rating = 1 << 5,
    Stock = 1 << 6,
    Brand = 1 << 7,
    Category = 1 << 8,
    Was = 1 << 9,
    All = (1 << 10) - 1,
}

/// <summary>Reads <c>fields=</c>.</summary>
public static class ShownFieldNames
{
    static readonly FrozenDictionary<string, ShownFields> Names = Enum.GetValues<ShownFields>()
        .Where(field => field != ShownFields.None)
        .ToFrozenDictionary(field => JsonNamingPolicy.CamelCase.ConvertName(field.ToString()));

    static readonly FrozenDictionary<string, ShownFields>.AlternateLookup<ReadOnlySpan<char>> ByText = Names.GetAlternateLookup<
        ReadOnlySpan<char>
    >();

    /// <summary>The fields named; the problem of a name that is none of them, or null.</summary>
    public static Problem? Read(string? names, out ShownFields fields)
    {
        fields = ShownFields.None;
        foreach (var part in names.AsSpan().Split(','))
        {
            var name = names.AsSpan(part).Trim();
            if (name.IsEmpty)
                continue;
            if (!ByText.TryGetValue(name, out var field))
                return Unknown(name.ToString());
            fields |= field;
        }
        return null;
    }

    static Problem Unknown(string name)
    {
        var all = NearestName.First(Names.Keys, name[..Math.Min(name.Length, 40)]).ToList();
        return Problem.BadField(
            "fields",
            "fields names something that a product does not show.",
            $"Did you mean {all[0]}? Use any of {string.Join(", ", all)}, separated by commas."
        );
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Personalization.Catalogue;
using Personalization.Hosting;
using Personalization.Problems;
using Personalization.Recommendations;

namespace Personalization.Experiments;

/// <param name="Share">Of the visitors, above 0; the shares of an experiment sum to 1.</param>
/// <param name="Kind">
/// <c>default</c>: as without an experiment; <c>control</c>: what is popular, the same for everybody; <c>untrained</c>: without
/// the ranking model; <c>rules</c>: by <c>rules</c>; <c>none</c>: an empty answer.
/// </param>
/// <param name="Rules">With the kind <c>rules</c>: what differs from the rules of the placement.</param>
public sealed record VariantBody(string? Name = null, double? Share = null, string? Kind = null, RulesBody? Rules = null);

/// <summary>An experiment as it is kept.</summary>
/// <param name="BegunAt">When its variants ran first; null before.</param>
public sealed record ExperimentBody(
    string Placement,
    string Status,
    IReadOnlyList<VariantBody> Variants,
    DateTimeOffset? BegunAt = null
)
{
    public const string Running = "running",
        Stopped = "stopped";

    [JsonIgnore]
    public bool IsRunning => Status == Running;

    /// <exception cref="JsonException">It is none.</exception>
    public static ExperimentBody Read(string json) =>
        JsonSerializer.Deserialize(json, ApiJson.Default.ExperimentBody) ?? throw new JsonException("It holds no experiment.");

    public string ToJson() => JsonSerializer.Serialize(this, ApiJson.Default.ExperimentBody);

    /// <summary>Whether visitors get the same of both, and results of one are results of the other.</summary>
    public bool ShowsAs(ExperimentBody other) =>
        (this with { Status = "", BegunAt = null }).ToJson() == (other with { Status = "", BegunAt = null }).ToJson();

    /// <summary>Begins now where its variants have not run before.</summary>
    public ExperimentBody After(ExperimentBody? before, DateTimeOffset now)
    {
        var begun = before is not null && ShowsAs(before) ? before.BegunAt : null;
        return this with { BegunAt = begun ?? (IsRunning ? now : null) };
    }
}

/// <summary>What is wrong with the variants of an experiment.</summary>
static class VariantChecks
{
    const int Most = 10,
        LongestName = 64;

    public static readonly string[] Kinds = [.. Enum.GetNames<VariantKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>The first thing that is wrong, or null.</summary>
    public static Problem? Check(IReadOnlyList<VariantBody>? variants, ProductCatalogue catalogue)
    {
        if (variants is not { Count: >= 2 and <= Most })
            return Problem.BadField("variants", $"variants are not 2 to {Most}.", "Send those that are to be compared.");
        for (var i = 0; i < variants.Count; i++)
            if (Check(variants[i], $"variants[{i}]", variants.Take(i), catalogue) is { } wrong)
                return wrong;
        var sum = variants.Sum(variant => variant.Share!.Value);
        return Math.Abs(sum - 1) <= 1e-6
            ? null
            : Problem.BadField(
                "variants",
                "The shares of the variants do not sum to 1.",
                "Change a share, for instance to 0.5 and 0.5."
            );
    }

    static Problem? Check(VariantBody? variant, string at, IEnumerable<VariantBody> earlier, ProductCatalogue catalogue)
    {
        if (string.IsNullOrWhiteSpace(variant?.Name))
            return Problem.BadField($"{at}.name", $"{at}.name is missing.", "Send a name that results are told by.");
        if (Problem.TooLong(($"{at}.name", variant.Name, LongestName)) is { } tooLong)
            return tooLong;
        if (earlier.Any(other => other.Name == variant.Name))
            return Problem.BadField($"{at}.name", $"{at}.name is that of another variant.", "Send names that differ.");
        if (variant.Share is not (> 0 and <= 1))
            return Problem.BadField($"{at}.share", $"{at}.share is not above 0 and up to 1.", "Send a share, for instance 0.5.");
        if (!Kinds.Contains(variant.Kind))
            return Problem.BadField(
                $"{at}.kind",
                $"{at}.kind is not one that there is.",
                $"Use one of {string.Join(", ", Kinds)}."
            );
        if ((KindOf(variant) == VariantKind.Rules) != (variant.Rules is not null))
            return Problem.BadField(
                $"{at}.rules",
                variant.Rules is null ? $"{at}.rules is missing." : $"{at}.rules is there, but the kind is not rules.",
                "Send rules with the kind rules, and only with it."
            );
        return variant.Rules?.Check(catalogue) is { } wrong ? wrong with { Field = $"{at}.rules.{wrong.Field}" } : null;
    }

    public static VariantKind KindOf(VariantBody variant) => (VariantKind)Array.IndexOf(Kinds, variant.Kind);
}

using Personalization.Outreach;
using Personalization.Recommendations;

namespace Personalization.Experiments;

/// <summary>What a variant shows.</summary>
public enum VariantKind : byte
{
    /// <summary>What is shown without an experiment.</summary>
    Default,

    /// <summary>What is popular, the same for everybody.</summary>
    Control,

    /// <summary>As without a trained ranking.</summary>
    Untrained,

    /// <summary>By rules of its own.</summary>
    Rules,

    /// <summary>Nothing.</summary>
    None,
}

/// <param name="Share">Of the visitors, above 0 to 1; those of an experiment sum to 1.</param>
/// <param name="Override">Puts the variant's rules over those of the placement; only where its kind is rules.</param>
public sealed record Variant(
    string Name,
    double Share,
    VariantKind Kind,
    Func<RecommendationRules, RecommendationRules>? Override = null
);

/// <summary>A comparison of ways to fill a placement that runs now (R89).</summary>
/// <param name="Begun">
/// When it began, Unix milliseconds: what was measured before belongs to another run under the same id.
/// </param>
public sealed record Experiment(string Id, long Begun, Placement Placement, Variant[] Variants)
{
    /// <summary>The variant of a visitor: the same for the same key, and in no relation to those in other experiments.</summary>
    public int VariantOf(ulong visitor)
    {
        var place = Hash.Share(
            (long)visitor,
            "experiment",
            Id,
            Begun.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        for (var i = 0; i < Variants.Length - 1; i++)
            if ((place -= Variants[i].Share) < 0)
                return i;
        return Variants.Length - 1;
    }

    /// <summary>
    /// What a visitor is told apart by: the hash of the anonymous id, which is there on the first visit and stays when more is
    /// known, else of the user id. Null for one who is not named.
    /// </summary>
    public static ulong? KeyOf(string? userId, string? anonymousId) =>
        (anonymousId ?? userId) is { Length: > 0 } name ? Hash.Word(0, "visitor", name) : null;
}

/// <summary>That a customer is in a run of an experiment, and where.</summary>
public readonly record struct Exposure(string Experiment, long Begun, int Variant);

/// <summary>The variant that an answer was made by.</summary>
[GenerateSerializer, Immutable, Alias("answered-variant")]
public sealed record AnsweredVariant(string Experiment, string Variant);

using Personalization.Events;
using Personalization.Experiments;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>Which variant of an experiment a customer gets. The first one stays, whatever becomes of the names.</summary>
public sealed partial class Customer
{
    /// <summary>The experiment that an answer is part of, or null. Rules that are tried are shown as they are.</summary>
    static Experiment? ExperimentFor(RecommendationQuery query, ShopContext shop) =>
        query is { Visitor: not null, Rules: null } ? shop.Experiments.GetValueOrDefault(query.Placement) : null;

    /// <summary>Whether its next answer is the first of an experiment for a customer of whom that may be kept.</summary>
    public bool IsToBeExposed(RecommendationQuery query, ShopContext shop) =>
        ExperimentFor(query, shop) is { } experiment
        && State is { IsErased: false, Tracking: TrackingLevel.Full }
        && ExposedTo(experiment) is null;

    /// <summary>Records that the answer to this query is the first of an experiment, if it is.</summary>
    public Turn Expose(RecommendationQuery query, long now, ShopContext shop, Turn? turn = null)
    {
        turn ??= new Turn();
        if (IsToBeExposed(query, shop) && ExperimentFor(query, shop) is { } experiment)
            Do(
                turn,
                new ExperimentExposed
                {
                    Time = now,
                    Experiment = experiment.Id,
                    Begun = experiment.Begun,
                    Variant = experiment.VariantOf(query.Visitor!.Value),
                }
            );
        return turn;
    }

    int? ExposedTo(Experiment experiment)
    {
        foreach (var exposure in State.Exposures.Span)
            if (exposure.Experiment == experiment.Id && exposure.Begun == experiment.Begun)
                return exposure.Variant;
        return null;
    }

    Recommended Try(Experiment experiment, RecommendationQuery query, long now, ShopContext shop)
    {
        var variant = experiment.Variants[ExposedTo(experiment) ?? experiment.VariantOf(query.Visitor!.Value)];
        var answer =
            variant.Kind == VariantKind.None ? Answer(Strategy.Name(Sources.None), [], now) : Rank(query, now, shop, variant);
        return answer with { Experiment = new AnsweredVariant(experiment.Id, variant.Name) };
    }
}

using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Documents;
using Personalization.Recommendations;

namespace Personalization.Experiments;

/// <summary>Puts the experiments that run into this process's view of the shop.</summary>
public sealed class ExperimentsInUse(CatalogueService catalogue, CurrentShop shop)
{
    public const string Kind = "experiment";

    readonly Dictionary<string, Experiment> _running = [];

    /// <summary>Called one at a time.</summary>
    public async ValueTask ApplyAsync(Document document, CancellationToken cancel)
    {
        // Another process may have met the products of rules first.
        await catalogue.CatchUpAsync(cancel);
        if (document.Json is not null && ExperimentBody.Read(document.Json) is { IsRunning: true, BegunAt: { } begun } body)
            _running[document.Id] = Compiled(document.Id, begun, body);
        else
            _running.Remove(document.Id);
        // Should two have been begun on a placement at the same moment, it is the same one in every process.
        var running = _running
            .Values.GroupBy(experiment => experiment.Placement)
            .ToDictionary(group => group.Key, group => group.MinBy(experiment => (experiment.Begun, experiment.Id))!);
        shop.Change(context => context with { Experiments = running });
    }

    Experiment Compiled(string id, DateTimeOffset begun, ExperimentBody body) =>
        PlacementNames.TryParse(body.Placement, out var placement)
            ? new Experiment(id, begun.ToUnixTimeMilliseconds(), placement, [.. body.Variants.Select(Compiled)])
            : throw new InvalidDataException("There is no such placement.");

    Variant Compiled(VariantBody body) =>
        new(body.Name!, body.Share!.Value, VariantChecks.KindOf(body), body.Rules is { } rules ? Over(rules) : null);

    /// <summary>Rules over those of the placement, compiled once as long as these stay.</summary>
    Func<RecommendationRules, RecommendationRules> Over(RulesBody rules)
    {
        Tuple<RecommendationRules, RecommendationRules>? last = null;
        return below =>
        {
            if (Volatile.Read(ref last) is { } known && ReferenceEquals(known.Item1, below))
                return known.Item2;
            var made = rules.Over(below, catalogue.Products);
            Volatile.Write(ref last, Tuple.Create(below, made));
            return made;
        };
    }
}

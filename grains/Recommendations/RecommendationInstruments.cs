using System.Diagnostics.Metrics;
using Personalization.Telemetry;

namespace Personalization.Recommendations;

/// <summary>What was recommended where, and by what.</summary>
static class RecommendationInstruments
{
    static readonly Counter<long> Answers = Instruments.Meter.CreateCounter<long>(
        "personalization.recommendations",
        "{answer}",
        "Answers by placement and strategy."
    );
    static readonly KeyValuePair<string, object?>[] Placements = Instruments.Tags<Placement>("placement");

    public static void Answered(Placement placement, string strategy) =>
        Answers.Add(1, Placements[(int)placement], new("strategy", strategy));
}

using Personalization.Catalogue;
using Personalization.Churn;
using Personalization.Experiments;
using Personalization.Outreach;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Customers;

/// <summary>What a turn may know besides its customer: the process's view of the shop. Parts are swapped whole, never changed.</summary>
public sealed record ShopContext
{
    public required ShopSettings Shop { get; init; }
    public required ProductCatalogue Catalogue { get; init; }
    public required ItemIndex Index { get; init; }

    /// <summary>The learned ranking of recommendations; null before any training: the blend alone serves.</summary>
    public RankingModel? Ranking { get; init; }

    public ChurnModel Churn { get; init; } = ChurnModel.Untrained;

    /// <summary>How the shop's customers buy and what they spend; null before any training.</summary>
    public ValueModel? Value { get; init; }

    /// <summary>Risk and money of a customer; null for customers without purchases.</summary>
    public Assessment? Assess(in ChurnHistory history, int now) => Churn.Assess(history, now, Value);

    public AlmostBuyerPolicy AlmostBuyers { get; init; } = AlmostBuyerPolicy.Default;

    /// <summary>How long after the click a cart or an order counts for a recommendation, milliseconds.</summary>
    public long AttributionWindow { get; init; } = 7 * 86_400_000L;
    public OutreachPolicy Outreach { get; init; } = OutreachPolicy.Default;
    public IReadOnlyDictionary<Placement, RecommendationRules> Rules { get; init; } =
        new Dictionary<Placement, RecommendationRules>();

    /// <summary>Those that run now; at most one of a placement.</summary>
    public IReadOnlyDictionary<Placement, Experiment> Experiments { get; init; } = new Dictionary<Placement, Experiment>();
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Experiments;
using Personalization.Feeds;
using Personalization.Ingestion;
using Personalization.Keys;
using Personalization.Measures;
using Personalization.Outreach;
using Personalization.Platforms;
using Personalization.Problems;
using Personalization.Quarantine;
using Personalization.Recommendations;
using Personalization.Tracking;
using Personalization.Warnings;

namespace Personalization.Hosting;

/// <summary>
/// The JSON of everything the API takes and answers, generated at build: camelCase. What is null is left out, but for the
/// properties that are marked: those are always there.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict
)]
[JsonSerializable(typeof(AliasCall))]
[JsonSerializable(typeof(AllRulesResponse))]
[JsonSerializable(typeof(AttributionResponse))]
[JsonSerializable(typeof(BatchCall))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(BundleResponse))]
[JsonSerializable(typeof(ClientSettings))]
[JsonSerializable(typeof(ConsentRequest))]
[JsonSerializable(typeof(ConsentsResponse))]
[JsonSerializable(typeof(NeverShowResponse))]
[JsonSerializable(typeof(CustomerResponse))]
[JsonSerializable(typeof(CustomersResponse))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(DryRunResponse))]
[JsonSerializable(typeof(ErasureResponse))]
[JsonSerializable(typeof(ExperimentBody))]
[JsonSerializable(typeof(ExperimentRequest))]
[JsonSerializable(typeof(ExperimentResultsResponse))]
[JsonSerializable(typeof(ExperimentsResponse))]
[JsonSerializable(typeof(FeedResponse))]
[JsonSerializable(typeof(FeedsResponse))]
[JsonSerializable(typeof(FeedState))]
[JsonSerializable(typeof(GroupCall))]
[JsonSerializable(typeof(JsonDocument))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(IdentifyCall))]
[JsonSerializable(typeof(IngestionProblemsResponse))]
[JsonSerializable(typeof(MeasurementCall))]
[JsonSerializable(typeof(MeasurementCheck))]
[JsonSerializable(typeof(MergedResponse))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(OutcomeRequest))]
[JsonSerializable(typeof(OutcomeResponse))]
[JsonSerializable(typeof(PageCall))]
[JsonSerializable(typeof(PerformanceResponse))]
[JsonSerializable(typeof(PlacementRulesResponse))]
[JsonSerializable(typeof(PlaybooksResponse))]
[JsonSerializable(typeof(PrecisionResponse))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ProductBody))]
[JsonSerializable(typeof(ProductBody[]))]
[JsonSerializable(typeof(ProductListResponse))]
[JsonSerializable(typeof(ProductsResponse))]
[JsonSerializable(typeof(QuarantineResponse))]
[JsonSerializable(typeof(RecommendationsResponse))]
[JsonSerializable(typeof(RecordedResponse))]
[JsonSerializable(typeof(RestoreRequest))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(RetryResponse))]
[JsonSerializable(typeof(SourceConfig))]
[JsonSerializable(typeof(RulesPreviewResponse))]
[JsonSerializable(typeof(RulesRequest))]
[JsonSerializable(typeof(RulesVersionsResponse))]
[JsonSerializable(typeof(StatisticsResponse))]
[JsonSerializable(typeof(TrackCall))]
[JsonSerializable(typeof(TrackingRequest))]
[JsonSerializable(typeof(UnmergedResponse))]
[JsonSerializable(typeof(VisitorResponse))]
[JsonSerializable(typeof(VisitorTokenRequest))]
[JsonSerializable(typeof(VisitorTokenResponse))]
[JsonSerializable(typeof(WarningsResponse))]
[JsonSerializable(typeof(WebhookResponse))]
public sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Makes it, and what stands beside it, the JSON of every endpoint.</summary>
    public static void Configure(JsonSerializerOptions options, IJsonTypeInfoResolver others)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        options.TypeInfoResolverChain.Insert(1, others);
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Keys;
using Personalization.Measures;
using Personalization.Outreach;
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
[JsonSerializable(typeof(AttributionResponse))]
[JsonSerializable(typeof(BatchCall))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(BundleResponse))]
[JsonSerializable(typeof(ClientSettings))]
[JsonSerializable(typeof(ConsentRequest))]
[JsonSerializable(typeof(ConsentsResponse))]
[JsonSerializable(typeof(CustomerResponse))]
[JsonSerializable(typeof(CustomersResponse))]
[JsonSerializable(typeof(DryRunResponse))]
[JsonSerializable(typeof(ErasureResponse))]
[JsonSerializable(typeof(GroupCall))]
[JsonSerializable(typeof(IdentifyCall))]
[JsonSerializable(typeof(MergedResponse))]
[JsonSerializable(typeof(MergeRequest))]
[JsonSerializable(typeof(OutcomeRequest))]
[JsonSerializable(typeof(OutcomeResponse))]
[JsonSerializable(typeof(PageCall))]
[JsonSerializable(typeof(PlaybooksResponse))]
[JsonSerializable(typeof(PrecisionResponse))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ProductBody))]
[JsonSerializable(typeof(ProductBody[]))]
[JsonSerializable(typeof(ProductListResponse))]
[JsonSerializable(typeof(ProductsResponse))]
[JsonSerializable(typeof(QuarantineResponse))]
[JsonSerializable(typeof(RecommendationsResponse))]
[JsonSerializable(typeof(RecordedResponse))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(RetryResponse))]
[JsonSerializable(typeof(StatisticsResponse))]
[JsonSerializable(typeof(TrackCall))]
[JsonSerializable(typeof(TrackingRequest))]
[JsonSerializable(typeof(UnmergedResponse))]
[JsonSerializable(typeof(VisitorResponse))]
[JsonSerializable(typeof(VisitorTokenRequest))]
[JsonSerializable(typeof(VisitorTokenResponse))]
[JsonSerializable(typeof(WarningsResponse))]
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

using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>A client that NSwag generates from the description compiles, and does what a shop's own server needs (R92).</summary>
public sealed class GeneratedClientTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    /// <summary>A shop's program: all it names is of the generated client.</summary>
    const string Storefront = """
        using System.Linq;
        using System.Net.Http;
        using System.Text.Json;
        using System.Text.Json.Serialization;
        using System.Threading.Tasks;

        namespace Generated;

        public partial class ShopClient
        {
            static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings) =>
                settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        }

        public static class Storefront
        {
            public static async Task<string[]> RunAsync(HttpClient http)
            {
                var shop = new ShopClient(http);
                await shop.UpsertProductsAsync([
                    new ProductBody { Id = "g-1", Title = "Tent", Price = 90 },
                    new ProductBody { Id = "g-2", Title = "Stove", Price = 20 },
                ]);
                await shop.UpsertProductsAsync([new ProductBody { Id = "g-2", Price = 18 }]);
                var viewed = await shop.TrackAsync(new TrackCall
                {
                    UserId = "gen",
                    Event = "Product Viewed",
                    Properties = new JsonObject { ["product_id"] = "g-1" },
                });
                var answer = await shop.RecommendAsync(userId: "gen", placement: "home", fields: "title,price", limit: 1);
                var item = answer.Items.Single();
                var customer = await shop.GetCustomerAsync("gen");
                var warnings = await shop.ListWarningsAsync(limit: 10, minPosition: viewed.Position);
                var refused = "";
                try
                {
                    await shop.GetCustomerAsync("nobody");
                }
                catch (ApiException<Problem> problem)
                {
                    refused = $"{problem.StatusCode} {problem.Result.Type}";
                }
                return
                [
                    $"recommended {item.ProductId} {item.Title} {item.Price}",
                    $"{customer.CustomerId} viewed {customer.RecentlyViewed.Single()}",
                    $"{warnings.Warnings.Count} warnings",
                    refused,
                ];
            }
        }
        """;

    [Fact]
    public async Task A_CSharp_client_tracks_recommends_reads_and_gets_problems_as_exceptions()
    {
        var document = await OpenApiDocument.FromJsonAsync(await Server.Http.GetStringAsync("/openapi/v1.json"));
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "ShopClient",
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            CSharpGeneratorSettings =
            {
                Namespace = "Generated",
                JsonLibrary = CSharpJsonLibrary.SystemTextJson,
                GenerateNullableReferenceTypes = true,
            },
        };
        var client = new CSharpClientGenerator(document, settings).GenerateFile();
        var run = Compile(client, Storefront).GetType("Generated.Storefront")!.GetMethod("RunAsync")!;
        (await (Task<string[]>)run.Invoke(null, [Server.Http])!).ShouldBe([
            "recommended g-2 Stove 18",
            "gen viewed g-1",
            "0 warnings",
            "404 /problems/not-found",
        ]);
    }

    static Assembly Compile(params string[] sources)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            "Generated",
            sources.Select(source => CSharpSyntaxTree.ParseText(source)),
            platform.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
        );
        using var assembly = new MemoryStream();
        var errors = compilation.Emit(assembly).Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error);
        string.Join(Environment.NewLine, errors.Take(20)).ShouldBeEmpty();
        return Assembly.Load(assembly.ToArray());
    }
}

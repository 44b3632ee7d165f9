using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Personalization.Keys;
using Personalization.Projections;
using Personalization.Telemetry;

namespace Personalization.Hosting;

/// <summary>
/// Metrics at <c>/metrics</c> in Prometheus' format and, where OpenTelemetry's own settings name an OTLP endpoint, metrics and
/// traces sent there.
/// </summary>
static class TelemetryHosting
{
    /// <summary>Whether traces are made and sent: otherwise no call carries an activity.</summary>
    public static bool IsExported(IConfiguration configuration) =>
        configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

    /// <summary>
    /// Beginnings of the names of instruments that are not kept: they count at every message or request what others measure
    /// as well, and together take more than the rest.
    /// </summary>
    static readonly string[] Dropped =
    [
        "aspnetcore.routing.match_attempts",
        "orleans-directory-lookups-",
        "orleans-messaging-processing-",
        "orleans-messaging-sent-local",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var isExported = IsExported(builder.Configuration);
        if (isExported && !Uri.IsWellFormedUriString(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"], UriKind.Absolute))
            throw new ArgumentException("OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://localhost:4317.");
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? "personalization"))
            .WithMetrics(metrics =>
            {
                metrics
                    .AddMeter(Instruments.MeterName, "Microsoft.Orleans")
                    .AddAspNetCoreInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddView(one => Array.Exists(Dropped, one.Name.StartsWith) ? MetricStreamConfiguration.Drop : null)
                    .AddPrometheusExporter();
                if (isExported)
                    metrics.AddOtlpExporter();
            });
        if (isExported)
            telemetry.WithTracing(traces =>
                traces
                    .AddAspNetCoreInstrumentation()
                    .AddSource("Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application")
                    .AddOtlpExporter()
            );
        builder.Services.AddSingleton<ProjectionInstruments>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ProjectionInstruments>());
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapPrometheusScrapingEndpoint("/metrics").RequireSecretKey();
}

using Orleans.Dashboard;
using Personalization.Keys;

namespace Personalization.Hosting;

/// <summary>Section <c>Dashboard</c>.</summary>
public sealed record DashboardSettings
{
    /// <summary>
    /// Shows the Orleans Dashboard at <c>/dashboard</c>. A browser asks for the secret key, which is the user name; the password
    /// is left empty.
    /// </summary>
    public bool Enabled { get; init; }
}

static class DashboardHosting
{
    public static void AddDashboard(this WebApplicationBuilder builder, DashboardSettings settings)
    {
        builder.Services.AddSingleton(settings);
        if (settings.Enabled)
            builder.UseOrleans(silo => silo.AddDashboard());
    }

    public static void MapDashboard(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<DashboardSettings>().Enabled)
            return;
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/dashboard"),
            dashboard =>
                dashboard.UsePagePolicy(
                    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                        + "img-src 'self' data:; font-src 'self' data:; base-uri 'self'; frame-ancestors 'none'"
                )
        );
        app.MapOrleansDashboard("/dashboard").ExcludeFromDescription().RequireSecretKey();
    }
}

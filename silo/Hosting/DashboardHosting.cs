using Orleans.Dashboard;
using Personalization.Keys;

namespace Personalization.Hosting;

/// <summary>
/// The Orleans Dashboard at <c>/dashboard</c>, where <c>Dashboard:Enabled</c> says so. A browser asks for the secret key, which
/// is the user name; the password is left empty.
/// </summary>
static class DashboardHosting
{
    public static void AddDashboard(this WebApplicationBuilder builder)
    {
        if (IsEnabled(builder.Configuration))
            builder.UseOrleans(silo => silo.AddDashboard());
    }

    public static void MapDashboard(this WebApplication app)
    {
        if (IsEnabled(app.Configuration))
            app.MapOrleansDashboard("/dashboard").ExcludeFromDescription().RequireKey(KeyKind.Secret);
    }

    static bool IsEnabled(IConfiguration configuration) => configuration.GetValue<bool>("Dashboard:Enabled");
}

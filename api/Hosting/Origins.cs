namespace Personalization.Hosting;

/// <summary>Which web pages may call the tracking endpoints from a browser.</summary>
public static class Origins
{
    public const string Policy = "storefront";

    /// <summary>Any page by default, as the write key is public; <c>Tracking:Origins</c> narrows it.</summary>
    public static void AddStorefrontOrigins(this IServiceCollection services, IReadOnlyList<string> origins) =>
        services.AddCors(cors => cors.AddPolicy(Policy, policy =>
            {
                if (origins.Count == 0)
                    policy.AllowAnyOrigin();
                else
                    policy.WithOrigins([.. origins]);
                policy
                    .AllowAnyHeader()
                    .WithMethods("GET", "POST")
                    .WithExposedHeaders("Retry-After")
                    .SetPreflightMaxAge(TimeSpan.FromHours(1));
            }));
}

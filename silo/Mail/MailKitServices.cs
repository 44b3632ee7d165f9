using Personalization.Outreach.Delivery;

namespace Personalization.Silo.Mail;

/// <summary>Puts MailKit in the place of the server's own transport, which gives way to one that is there.</summary>
public static class MailKitServices
{
    /// <summary>Where <c>Mail:Smtp</c> or <c>Mail:Dkim</c> is set, letters leave by MailKit; otherwise nothing changes.</summary>
    /// <exception cref="ArgumentException">Settings make no sense, or their files are of no use; it names each.</exception>
    public static IServiceCollection AddMailKit(this IServiceCollection services, IConfiguration configuration)
    {
        if (MailKitSettings.Read(configuration) is not { } settings)
            return services;
        return services.AddSingleton<IMailTransport>(provider => new MailKitTransport(
            settings,
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}

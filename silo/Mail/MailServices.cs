using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Mail;

/// <summary>Dispatch of messages: through a mail server by MailKit where one is set, else into the pickup folder.</summary>
public static class MailServices
{
    /// <exception cref="ArgumentException">Settings make no sense, or their files are of no use; it names each.</exception>
    public static void AddDispatch(this WebApplicationBuilder builder, string data)
    {
        var services = builder.Services;
        if (MailKitSettings.Read(builder.Configuration) is { } settings)
            services.AddSingleton<IMailTransport>(provider => new MailKitTransport(
                settings,
                provider.GetRequiredService<ShopClock>()
            ));
        else
            services.AddSingleton<IMailTransport>(new PickupTransport(Path.Combine(data, "pickup")));
        services.AddSingleton(
            builder.Configuration.GetSection("Outreach:Dispatch").Get<DispatcherSettings>() ?? new DispatcherSettings()
        );
        services.AddSingleton<Dispatch>(provider =>
            async (customer, message, cancel) =>
                await provider.GetRequiredService<IStore>().FindOutboxAsync(message, cancel) is { } entry
                    ? await provider.GetRequiredService<MessageFactory>().DispatchAsync(customer, message, entry.Playbook, cancel)
                    : null
        );
        services.AddSingleton<ILeaderTask, Dispatcher>();
    }
}

using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Mail;

/// <summary>Dispatch of messages: through a mail server where one is set, else into the pickup folder.</summary>
public static class MailServices
{
    /// <summary>Where messages are put without a mail server.</summary>
    static string FolderIn(string data) => Path.Combine(data, "pickup");

    /// <summary>What was put there once is deleted with its customer, however messages leave now.</summary>
    public static void AddErasureOfMessages(this IServiceCollection services, string data) =>
        services.AddSingleton<DeleteMessages>(messages => PickupTransport.Delete(FolderIn(data), messages));

    public static void AddDispatch(this IServiceCollection services, ServerSettings settings, string data)
    {
        services.AddSingleton<IMailTransport>(provider =>
            settings.Mail.Smtp is { } smtp
                ? new MailKitTransport(smtp, settings.Mail.Dkim, provider.GetRequiredService<ShopClock>())
                : new PickupTransport(FolderIn(data), provider.GetRequiredService<ShopClock>())
        );
        services.AddSingleton(settings.Outreach.Dispatch);
        services.AddSingleton<Dispatch>(provider => provider.GetRequiredService<MessageFactory>().DispatchAsync);
        services.AddSingleton<PutOff>(provider => provider.GetRequiredService<MessageFactory>().PutOffAsync);
        services.AddSingleton<ILeaderTask, Dispatcher>();
        services.AddSingleton<ILeaderTask, OutboxInstruments>();
    }
}

using System.Text;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Hosting;

/// <summary>
/// Wakes the buyers one after another when another churn model is in use: it moves everybody's crossing of the warning threshold.
/// </summary>
public sealed partial class CustomerRearming(
    CurrentShop shop,
    IStore store,
    IGrainFactory grains,
    ShopClock time,
    ILogger<CustomerRearming> log
)
{
    /// <summary>Buyers woken a second after a change of model.</summary>
    const int PerSecond = 500;

    /// <summary>The version is remembered at the end: where this breaks off it begins again.</summary>
    /// <exception cref="StoreUnavailableException">The store or a customer cannot be reached now.</exception>
    public async Task RearmIfNewsAsync(CancellationToken stop)
    {
        const string name = "churn.armed-by";
        var version = Encoding.UTF8.GetBytes(shop.Current.Churn.Version);
        var before = await store.ReadSettingAsync(name, stop);
        if (before is not null && before.AsSpan().SequenceEqual(version))
            return;
        if (before is not null)
            await RearmAsync(stop);
        await store.SaveSettingAsync(name, version, stop);
    }

    async Task RearmAsync(CancellationToken stop)
    {
        for (long after = 0; ; )
        {
            var rows = await store.ReadModels.ListCustomersAsync(new CustomerFilter(Buyers: true), after, PerSecond, stop);
            foreach (var row in rows)
                await WakeAsync(row.Customer);
            if (rows.Count < PerSecond)
                return;
            after = rows[^1].Customer;
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }

    async Task WakeAsync(long customer)
    {
        try
        {
            await grains.Customer(customer).WakeAsync(time.Now);
        }
        catch (Exception problem) when (problem is not (StoreUnavailableException or OperationCanceledException))
        {
            // The others are not kept waiting for it.
            Log.NotWoken(log, customer, problem);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Customer {Customer} could not be woken for another churn model.")]
        public static partial void NotWoken(ILogger log, long customer, Exception problem);
    }
}

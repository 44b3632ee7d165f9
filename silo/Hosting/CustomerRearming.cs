using System.Text;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Hosting;

/// <summary>
/// Wakes the buyers one after another when another churn model is in use: it moves everybody's crossing of the warning threshold.
/// </summary>
public sealed class CustomerRearming(CurrentShop shop, IStore store, IGrainFactory grains, ShopClock time)
{
    /// <summary>Buyers woken a second after a change of model.</summary>
    const int PerSecond = 500;

    public async Task RearmIfNewsAsync(CancellationToken stop)
    {
        if (!await IsNewsAsync())
            return;
        for (long after = 0; ; )
        {
            var rows = await store.ReadModels.ListCustomersAsync(new CustomerFilter(Buyers: true), after, PerSecond, stop);
            foreach (var row in rows)
                await grains.Customer(row.Customer).WakeAsync(time.Now);
            if (rows.Count < PerSecond)
                return;
            after = rows[^1].Customer;
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }

    /// <summary>Whether the customers were armed by another model than the one in use; remembers this one.</summary>
    async Task<bool> IsNewsAsync()
    {
        const string name = "churn.armed-by";
        var version = Encoding.UTF8.GetBytes(shop.Current.Churn.Version);
        var before = await store.ReadSettingAsync(name);
        if (before is not null && before.AsSpan().SequenceEqual(version))
            return false;
        await store.SaveSettingAsync(name, version);
        return before is not null;
    }
}

using Personalization.Customers;

namespace Personalization.Outreach;

/// <summary>
/// An address; its key is <see cref="AddressKeys.KeyOf"/>. What it holds counts for every profile that has the address. It calls
/// no other grain, so a customer's turn may wait for it. What it answers is durable.
/// </summary>
[Alias("address"), GrainInterfaceType("address")]
public interface IAddressGrain : IGrainWithStringKey
{
    [Alias("read"), Idempotent(true)]
    ValueTask<Mailbox> ReadAsync();

    [Alias("record"), Idempotent(true)]
    ValueTask RecordAsync(AddressFact fact);

    /// <summary>Takes the day's one chance to ask for a confirmation; see <see cref="Mailbox.Ask"/>.</summary>
    [Alias("ask"), Idempotent(true)]
    ValueTask<bool> AskAsync(OptInRequest request);

    /// <summary>Counts a message that is about to leave, and answers with what is known of the address.</summary>
    [Alias("reserve"), Idempotent(true)]
    ValueTask<Mailbox> ReserveAsync(Guid message, string playbook, long now);

    [Alias("release"), Idempotent(true)]
    ValueTask ReleaseAsync(Guid message, string playbook, long now);

    /// <summary>Erasure: only what forbids is kept.</summary>
    /// <returns>Whether anything is.</returns>
    [Alias("forget"), Idempotent(true)]
    ValueTask<bool> ForgetAsync();
}

using Personalization.Events;
using Personalization.Outreach;

namespace Personalization.Customers;

/// <summary>
/// Addresses are grains of their own, since one may stand on several profiles. A customer's turn waits for them, they wait for
/// nobody. What a turn forbids is kept there before the turn's commit, and what it allows after it: a crash between the two may
/// leave an address that forbids more than the journal knows, never one that allows more or forgot a withdrawal.
/// </summary>
public sealed partial class CustomerGrain
{
    IAddressGrain Address(string channel, string address) =>
        GrainFactory.GetGrain<IAddressGrain>(host.Addresses.KeyOf(channel, address));

    ValueTask SettleAsync(Turn turn) => turn is { Notices: null, OptIn: null } ? default : TellAddressesAsync(turn);

    async ValueTask TellAddressesAsync(Turn turn)
    {
        foreach (var (address, fact) in turn.Notices ?? [])
            if (fact.Word != AddressWord.Granted)
                await Address(fact.Channel, address).RecordAsync(fact);
        if (turn.OptIn is { } wish && await Address(wish.Request.Channel, wish.Address).AskAsync(wish.Request))
            _customer.Customer!.QueueOptIn(turn, wish, host.Now);
    }

    /// <summary>After the commit.</summary>
    ValueTask OpenAsync(Turn turn) => turn.Notices is null ? default : OpenAddressesAsync(turn.Notices);

    async ValueTask OpenAddressesAsync(List<(string Address, AddressFact Fact)> notices)
    {
        foreach (var (address, fact) in notices)
            if (fact.Word == AddressWord.Granted)
                await Address(fact.Channel, address).RecordAsync(fact);
    }

    public async ValueTask<MessageDraft?> DispatchAsync(Guid message)
    {
        await LoadAsync();
        if (_customer.Customer!.Destination(message, host.Now, host.Shop.Current) is not var (address, waiting))
            return await ActAsync((one, shop) => one.Dispatch(message, null, host.Now, shop));
        var grain = Address(waiting.Channel, address);
        if (waiting.Playbook == OptInPolicy.Playbook)
        {
            // Once more: the address may have changed since it was queued.
            var mayAsk = await grain.AskAsync(_customer.Customer!.RequestOf(waiting, host.Now));
            return await ActAsync((one, _) => one.DispatchOptIn(message, mayAsk, host.Now));
        }
        var mailbox = await grain.ReserveAsync(message, waiting.Playbook, host.Now);
        var draft = await ActAsync(
            (one, shop) => one.Dispatch(message, one.AddressOn(waiting.Channel) == address ? mailbox : null, host.Now, shop)
        );
        // Another activation may have dispatched it meanwhile: then it has left, and counts.
        if (draft is null && _customer.Customer?.State.Outreach.Messages.StateOf(message) != MessageState.Dispatched)
            await grain.ReleaseAsync(message, waiting.Playbook, host.Now);
        return draft;
    }

    public ValueTask<bool> ConfirmConsentAsync(ConsentChanged change, string address) =>
        ActAsync(
            (one, shop) =>
                !one.State.IsErased
                && one.AddressOn(change.Channel) is { } current
                && host.Addresses.KeyOf(change.Channel, current) == address
                    ? (one.ChangeConsent(change, host.Now, shop), true)
                    : (new Turn(), false)
        );
}

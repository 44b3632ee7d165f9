using Personalization.Codec;
using Personalization.Events;

namespace Personalization.Outreach;

/// <summary>
/// Addresses of one customer that must not be written to any more: a hard bounce says that there is no such mailbox. Another
/// address of the same person is not concerned. A spam complaint is the person's decision and goes to the
/// <see cref="ConsentLedger"/> as a denial of the whole channel, which only a later opt-in takes back.
/// </summary>
public sealed class Suppression
{
    const int Capacity = 8;

    /// <summary>Bounces and complaints are e-mail's: so the events are called (Email Bounced, Email Marked as Spam).</summary>
    const string Channel = "email";

    ulong[] _addresses = [];

    /// <summary>Takes in a tracked event; ones that say nothing about an address are passed over.</summary>
    /// <param name="happened">An event of the customer's history.</param>
    /// <param name="address">The address it names, or the customer had then; null where it is not known.</param>
    /// <param name="consent">Where a complaint is noted, under the event's own name.</param>
    public void Apply(Tracked happened, string? address, ConsentLedger consent)
    {
        switch (happened.Kind)
        {
            case EventKind.MessageMarkedAsSpam:
                consent.Record(
                    happened.Name,
                    Channel,
                    ConsentLedger.AllTopics,
                    granted: false,
                    happened.Time,
                    origin: "spam-complaint"
                );
                break;
            case EventKind.MessageBounced when address is not null && IsHard(happened):
                Add(HashOf(address));
                break;
        }
    }

    /// <summary>The shop's server or the owner of the address opened it again.</summary>
    public void Lift(string address)
    {
        if (Contains(address))
            _addresses = [.. _addresses.Where(one => one != HashOf(address))];
    }

    public bool IsEmpty => _addresses.Length == 0;

    public bool Contains(string address) => _addresses.AsSpan().Contains(HashOf(address));

    public void Save(ByteWriter to)
    {
        to.Unsigned((ulong)_addresses.Length);
        foreach (var address in _addresses)
            to.Fixed64(address);
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Save"/> wrote.</exception>
    public static Suppression Load(ref ByteReader from)
    {
        var addresses = new ulong[from.Count()];
        for (var i = 0; i < addresses.Length; i++)
            addresses[i] = from.Fixed64();
        return new() { _addresses = addresses };
    }

    /// <summary>Whether a bounce says that nobody lives there; see <see cref="BounceReport"/>.</summary>
    public static bool IsHard(Tracked bounce) => BounceReport.SaysNobodyLivesThere(bounce.Personal?.Properties);

    void Add(ulong address)
    {
        if (_addresses.AsSpan().Contains(address))
            return;
        _addresses = _addresses.Length < Capacity ? [.. _addresses, address] : [.. _addresses[1..], address];
    }

    /// <summary>Only a hash is kept here: addresses stay with the personal part.</summary>
    static ulong HashOf(string address) => Hash.Word(0, AddressKeys.Normal(address));
}

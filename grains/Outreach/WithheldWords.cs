using Personalization.Events;

namespace Personalization.Outreach;

/// <summary>Why a message was withheld, as the API and the console say it.</summary>
public static class WithheldWords
{
    /// <summary>The spelling on the wire, for instance "no-consent".</summary>
    public static string Word(this Withheld why) =>
        why switch
        {
            Withheld.NoAddress => "no-address",
            Withheld.NoConsent => "no-consent",
            Withheld.CapReached => "cap-reached",
            Withheld.SameContentTooSoon => "same-content-too-soon",
            Withheld.NoLongerApplies => "no-longer-applies",
            Withheld.NothingToOffer => "nothing-to-offer",
            Withheld.TransportRefused => "transport-refused",
            Withheld.QuietHours => "quiet-hours",
            Withheld.Superseded => "superseded",
            Withheld.DeliveryUnknown => "delivery-unknown",
            Withheld.HeldOut => "held-out",
            Withheld.FromImport => "from-import",
            Withheld.BoughtMeanwhile => "bought-meanwhile",
            _ => "none",
        };
}

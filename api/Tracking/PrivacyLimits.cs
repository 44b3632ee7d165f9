using Microsoft.Extensions.Primitives;
using Personalization.Events;
using Personalization.Keys;

namespace Personalization.Tracking;

/// <summary>
/// What a visitor's choice (see <see cref="TrackingLevel"/>) leaves of a call, before its names are looked at: what may not be
/// kept must not join names either.
/// </summary>
static class PrivacyLimits
{
    /// <summary>
    /// Global Privacy Control: a browser that says so is tracked anonymously. The shop's own server decides for itself.
    /// </summary>
    public static TrackingLevel OfSignal(StringValues signal, Trust trust, TrackingSettings settings) =>
        settings.GlobalPrivacyControl && trust != Trust.Server && signal.Count == 1 && signal[0]?.Trim() == "1"
            ? TrackingLevel.Anonymous
            : TrackingLevel.Full;

    /// <summary>The browser's own signal may leave less of a call than the page says.</summary>
    public static void Obey(HttpContext http, IncomingCall call, TrackingSettings settings)
    {
        var signal = OfSignal(http.Request.Headers["Sec-GPC"], call.Trust, settings);
        if (signal > call.Tracking)
            call.Tracking = signal;
    }

    /// <summary>Takes out of a call what may not be kept.</summary>
    /// <returns>Whether anything is left of it.</returns>
    public static bool Limit(IncomingCall call)
    {
        if (call.Tracking == TrackingLevel.Full)
            return true;
        call.Source = null;
        if (TrackingLevels.IsDecision(call.Kind))
        {
            // The address it is about, and no more.
            call.Personal = call.Personal is { } part
                ? NullIfEmpty(new() { Traits = part.Traits, Properties = part.Properties })
                : null;
            return true;
        }
        if (call.Tracking == TrackingLevel.None || call.Type is CallType.Identify or CallType.Group or CallType.Alias)
            return false;
        if (call.Trust == Trust.Server)
        {
            call.Personal = null;
            return true;
        }
        (call.Personal, call.UserId) = (null, null);
        return call.AnonymousId is not null;
    }

    static PersonalPart? NullIfEmpty(PersonalPart part) => part.IsEmpty ? null : part;
}

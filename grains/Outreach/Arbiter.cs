using Personalization.Events;

namespace Personalization.Outreach;

/// <summary>
/// Decides, one person at a time, what to say to them. The same function decides when a message is queued, when it is
/// dispatched, and in a dry run.
/// </summary>
public static class Arbiter
{
    /// <summary>The verdict about one intent that competes with none.</summary>
    public static Verdict Decide(Intent intent, Situation situation) => Choose([intent], situation)[0];

    /// <summary>
    /// Verdicts about all that one could say to a person now, in the order given. Of the marketing messages that nothing
    /// speaks against, the one of highest value is sent (of equals the one that expires first); the others are superseded
    /// for the policy's pause. One that is not due yet competes with none: its turn comes when it is due. Intents already in
    /// the outbox may take part: they do not count as sent meanwhile.
    /// </summary>
    public static IReadOnlyList<Verdict> Choose(IReadOnlyList<Intent> intents, Situation situation)
    {
        var messages = new Guid[intents.Count];
        for (var i = 0; i < messages.Length; i++)
            messages[i] = intents[i].Message;
        var verdicts = new Verdict[intents.Count];
        var winner = -1;
        for (var i = 0; i < verdicts.Length; i++)
        {
            verdicts[i] = Weigh(intents[i], situation, messages);
            if (Competes(i) && (winner < 0 || Beats(intents[i], intents[winner])))
                winner = i;
        }
        for (var i = 0; i < verdicts.Length; i++)
            if (i != winner && Competes(i))
                verdicts[i] = Supersede(intents[i], verdicts[winner].NotBefore, situation);
        return verdicts;

        bool Competes(int i) => verdicts[i].Sends && intents[i].Playbook.Marketing && intents[i].Due <= situation.Now;
    }

    static bool Beats(Intent a, Intent b) =>
        a.Value != b.Value ? a.Value > b.Value
        : a.Expires != b.Expires ? a.Expires < b.Expires
        : a.Message.CompareTo(b.Message) < 0;

    static Verdict Supersede(Intent loser, long winnerLeaves, Situation situation) =>
        Withhold([Withheld.Superseded], loser, winnerLeaves + (long)situation.Policy.Pause.TotalMilliseconds, situation);

    static Verdict Weigh(Intent intent, Situation situation, ReadOnlySpan<Guid> weighed)
    {
        var (playbook, policy, ledger) = (intent.Playbook, situation.Policy, situation.Ledger);
        var reasons = new List<Withheld>();
        var forGood = false;
        void Against(bool holds, Withheld reason, bool final)
        {
            if (!holds)
                return;
            if (!reasons.Contains(reason))
                reasons.Add(reason);
            forGood |= final;
        }

        var earliest = Math.Max(intent.Due, situation.Now);
        Against(!intent.StillApplies || !playbook.Enabled || earliest >= intent.Expires, Withheld.NoLongerApplies, true);
        Against(string.IsNullOrWhiteSpace(situation.Address), Withheld.NoAddress, true);
        Against(!situation.Consent.Allows(playbook.Channel, playbook.Topic), Withheld.NoConsent, true);
        Against(situation.Address is { } address && situation.Suppression.Contains(address), Withheld.NoConsent, true);
        Against(situation.Mailbox?.Refuses(playbook.Channel, playbook.Topic) is true, Withheld.NoConsent, true);
        Against(
            !situation.IsAddressTold && situation.Mailbox?.Allows(playbook.Channel, playbook.Topic) is false,
            Withheld.NoConsent,
            true
        );
        Against(situation.Mailbox is { } answered && answered.BoughtAt >= intent.Since, Withheld.BoughtMeanwhile, true);
        Against(ledger.StateOf(intent.Message) == MessageState.Dispatched, Withheld.SameContentTooSoon, true);
        Against(!intent.HasContent, Withheld.NothingToOffer, true);

        var content = MessageLedger.PlaybookKey(playbook.Id);
        var roomForContent = RoomAt(earliest, playbook.Cap, playbook => playbook == content, situation, weighed);
        var room = playbook.Marketing ? RoomAt(earliest, policy.OverallCap, policy.CountsOverall, situation, weighed) : earliest;
        var zone = QuietHours.ZoneOf(situation.TimeZone, QuietHours.ZoneOf(policy.TimeZone, TimeZoneInfo.Utc));
        var awake = policy.QuietHours.NextAllowed(earliest, zone);
        Against(roomForContent > awake, Withheld.SameContentTooSoon, false);
        Against(room > awake, Withheld.CapReached, false);
        Against(awake >= intent.Expires && earliest < intent.Expires, Withheld.QuietHours, true);

        if (reasons.Count == 0)
            return Verdict.Send(awake);
        if (forGood)
            return Verdict.Withhold(reasons, null);
        return Withhold(reasons, intent, Math.Max(room, roomForContent), situation, zone);
    }

    /// <summary>Caps hold for the person and for the address: two profiles with one address share them.</summary>
    static long RoomAt(long at, Cap cap, Func<uint, bool> counts, Situation situation, ReadOnlySpan<Guid> weighed)
    {
        var own = situation.Ledger.RoomAt(at, cap, counts, weighed);
        return situation.Mailbox is { } mailbox ? Math.Max(own, mailbox.Sends.RoomAt(at, cap, counts, weighed)) : own;
    }

    static Verdict Withhold(
        IReadOnlyList<Withheld> reasons,
        Intent intent,
        long retryAt,
        Situation situation,
        TimeZoneInfo? zone = null
    )
    {
        if (retryAt >= intent.Expires)
            return Verdict.Withhold(reasons, null);
        zone ??= QuietHours.ZoneOf(situation.TimeZone, QuietHours.ZoneOf(situation.Policy.TimeZone, TimeZoneInfo.Utc));
        retryAt = situation.Policy.QuietHours.NextAllowed(retryAt, zone);
        return Verdict.Withhold(reasons, retryAt < intent.Expires ? retryAt : null);
    }
}

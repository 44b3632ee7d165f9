using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Personalization.Outreach;

/// <summary>
/// What a mail service says of a message that came back. Only what says that nobody lives there closes an address: a full mailbox,
/// a block list, a policy or a passing trouble does not. An enhanced status (RFC 3463) counts most, then the service's own kind
/// (SES <c>bounceType</c>, SendGrid <c>type</c>, Mailgun <c>severity</c>, Postmark <c>Type</c> ...), then the words of the
/// server's answer. Fields that say something else, such as a campaign, are not read.
/// </summary>
static partial class BounceReport
{
    /// <param name="properties">The event's properties, a JSON object; a bounce of which nothing more is told is a hard one.</param>
    public static bool SaysNobodyLivesThere(string? properties)
    {
        if (properties is null)
            return true;
        var said = new Said();
        using (var document = JsonDocument.Parse(properties))
            Read(document.RootElement, ref said);
        if (said.Status is { } nobody)
            return nobody;
        if (said.IsPassing)
            return false;
        return said.IsHard || !said.IsAnything;
    }

    struct Said
    {
        /// <summary>What an enhanced status says; null where there is none.</summary>
        public bool? Status;
        public bool IsPassing,
            IsHard,
            IsAnything;
    }

    static void Read(JsonElement element, ref Said said)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray())
                Read(item, ref said);
        if (element.ValueKind != JsonValueKind.Object)
            return;
        foreach (var property in element.EnumerateObject())
        {
            var field = Letters(property.Name);
            if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                Read(property.Value, ref said);
            else if (Kinds.Contains(field) || Answers.Contains(field))
                Weigh(property.Value.ToString(), Kinds.Contains(field), ref said);
        }
    }

    static void Weigh(string value, bool isKind, ref Said said)
    {
        if (string.IsNullOrWhiteSpace(value))
            return;
        var words = Letters(value);
        // That it came back is known.
        if (!isKind && words is "bounce" or "bounced" or "failed")
            return;
        said.IsAnything = true;
        if (Enhanced().Match(value) is { Success: true } status && status.Value is not "5.0.0")
            said.Status ??= Nobody.Contains($"{status.Groups[1]}.{Number(status.Groups[2])}.{Number(status.Groups[3])}");
        else if (Reply().IsMatch(value))
            said.IsPassing = true;
        said.IsPassing |= Array.Exists(isKind ? PassingKinds : PassingAnswers, words.Contains);
        said.IsHard |= Array.Exists(isKind ? HardKinds : HardAnswers, words.Contains);
    }

    /// <summary>Bad mailbox, bad host, bad syntax, moved without a new address, no mail accepted there, closed.</summary>
    static readonly string[] Nobody = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

    /// <summary>Fields that name a kind, without case and marks.</summary>
    static readonly HashSet<string> Kinds =
    [
        "type",
        "bouncetype",
        "bouncesubtype",
        "subtype",
        "severity",
        "class",
        "bounceclass",
        "classification",
        "bounceclassification",
        "bouncecategory",
        "kind",
    ];

    /// <summary>Fields with a status or the words of a server.</summary>
    static readonly HashSet<string> Answers =
    [
        "status",
        "statuscode",
        "smtpcode",
        "smtpstatus",
        "smtpresponse",
        "code",
        "errorcode",
        "enhancedcode",
        "enhancedstatus",
        "enhancedstatuscode",
        "dsn",
        "reason",
        "bouncereason",
        "rawreason",
        "error",
        "errormessage",
        "message",
        "description",
        "bouncedescription",
        "details",
        "diagnostic",
        "diagnosticcode",
        "diag",
        "response",
    ];

    static readonly string[] PassingKinds =
    [
        "soft",
        "transient",
        "temporary",
        "deferr",
        "delay",
        "undetermined",
        "unclassified",
        "block",
        "policy",
        "spam",
        "content",
        "reputation",
        "frequency",
        "technical",
        "full",
        "quota",
        "toolarge",
    ];
    static readonly string[] PassingAnswers =
    [
        "soft",
        "transient",
        "temporar",
        "deferr",
        "tryagain",
        "block",
        "policy",
        "spam",
        "blacklist",
        "listed",
        "mailboxfull",
        "overquota",
        "quotaexceeded",
        "toolarge",
        "timeout",
        "timedout",
    ];
    static readonly string[] HardKinds =
    [
        "hard",
        "permanent",
        "noemail",
        "invalid",
        "unknown",
        "bademail",
        "badmailbox",
        "suppressed",
        "bounce",
    ];
    static readonly string[] HardAnswers =
    [
        "nosuch",
        "unknownuser",
        "userunknown",
        "unknownrecipient",
        "recipientunknown",
        "unknownaddress",
        "addressunknown",
        "doesnotexist",
        "doesntexist",
        "notexist",
        "notfound",
        "nomailbox",
        "invalidrecipient",
        "invalidmailbox",
        "invalidaddress",
        "invaliddomain",
        "badmailbox",
        "baddestination",
        "accountdisabled",
        "mailboxdisabled",
        "hard",
    ];

    static string Letters(string text) => string.Concat(text.Where(char.IsAsciiLetter)).ToLowerInvariant();

    static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")]
    private static partial Regex Enhanced();

    /// <summary>A server's answer that begins with a code of passing trouble (RFC 5321).</summary>
    [GeneratedRegex(@"^\s*(smtp;\s*)?4\d\d\b")]
    private static partial Regex Reply();
}

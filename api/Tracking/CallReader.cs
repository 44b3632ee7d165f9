using System.Text.Json;
using Personalization.Events;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// Reads one call. First the fields of the call itself, since the event's name and the times may stand behind the
/// properties; then, knowing what the event is, the objects inside.
/// </summary>
ref struct CallReader(ReadOnlySpan<byte> json)
{
    const int MaxDepth = 64;
    const int MaxId = 255;
    const int MaxMessageId = 100;
    const int MaxEvent = 200;
    const int MaxLabel = 255;
    const long Day = 24L * 60 * 60 * 1000;

    readonly ReadOnlySpan<byte> json = json;

    Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    CallType type;
    string? userId,
        anonymousId,
        previousId,
        groupId,
        eventName,
        name,
        category;
    ulong message;
    long? timestamp,
        originalTimestamp,
        sentAt;
    ReadOnlySpan<byte> properties,
        traits,
        context;

    /// <summary>The write key in the call, as far as it was read.</summary>
    public string? WriteKey { get; private set; }

    /// <summary>Reads the call; what is wrong, or null.</summary>
    /// <param name="endpoint">The type the endpoint stands for; null in a batch, whose items say it themselves.</param>
    /// <param name="shared">The context of the batch.</param>
    /// <param name="batchSentAt">When the batch was sent, for items that do not say it.</param>
    public Problem? Read(CallType? endpoint, ContextFields shared, long? batchSentAt, long receivedAt, out IncomingCall? call)
    {
        call = null;
        try
        {
            if (ReadFields(endpoint is null) is { } unreadable)
                return unreadable;
        }
        catch (JsonException broken)
        {
            return BodyProblem.NotJson(broken);
        }
        if (endpoint is { } known)
            type = known;
        sentAt ??= batchSentAt;

        var read = new IncomingCall { Type = type };
        var problem = CheckNames(read) ?? SetKind(read) ?? SetTime(read, receivedAt) ?? ReadInside(read, shared);
        if (problem is null)
            call = read;
        return problem;
    }

    Problem? ReadFields(bool typed)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return BodyProblem.NotAnObject;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            if (ReadField() is { } problem)
                return problem;
        reader.Read(); // Throws where anything follows the object.
        return typed && type == 0
            ? Problem.BadField(
                "type",
                "type is missing or not one that is known.",
                "Send track, identify, page, screen, group or alias."
            )
            : null;
    }

    Problem? ReadField()
    {
        if (reader.ValueTextEquals("type"u8))
            return ReadType();
        if (reader.ValueTextEquals("userId"u8))
            return ReadId("userId", MaxId, out userId);
        if (reader.ValueTextEquals("anonymousId"u8))
            return ReadId("anonymousId", MaxId, out anonymousId);
        if (reader.ValueTextEquals("event"u8))
            return ReadId("event", MaxEvent, out eventName);
        if (reader.ValueTextEquals("properties"u8))
            return ReadObject("properties", out properties);
        if (reader.ValueTextEquals("context"u8))
            return ReadObject("context", out context);
        if (reader.ValueTextEquals("messageId"u8))
            return ReadMessageId();
        if (reader.ValueTextEquals("timestamp"u8))
            return ReadTime("timestamp", out timestamp);
        if (reader.ValueTextEquals("sentAt"u8))
            return ReadTime("sentAt", out sentAt);
        if (reader.ValueTextEquals("originalTimestamp"u8))
            return ReadTime("originalTimestamp", out originalTimestamp);
        if (reader.ValueTextEquals("traits"u8))
            return ReadObject("traits", out traits);
        if (reader.ValueTextEquals("name"u8))
            return ReadId("name", MaxLabel, out name);
        if (reader.ValueTextEquals("category"u8))
            return ReadId("category", MaxLabel, out category);
        if (reader.ValueTextEquals("groupId"u8))
            return ReadId("groupId", MaxId, out groupId);
        if (reader.ValueTextEquals("previousId"u8))
            return ReadId("previousId", MaxId, out previousId);
        if (reader.ValueTextEquals("writeKey"u8))
        {
            var problem = ReadId("writeKey", MaxId, out var key);
            WriteKey = key;
            return problem;
        }
        reader.Skip();
        return null;
    }

    Problem? ReadType()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            type =
                reader.ValueTextEquals("track"u8) ? CallType.Track
                : reader.ValueTextEquals("identify"u8) ? CallType.Identify
                : reader.ValueTextEquals("page"u8) ? CallType.Page
                : reader.ValueTextEquals("screen"u8) ? CallType.Screen
                : reader.ValueTextEquals("group"u8) ? CallType.Group
                : reader.ValueTextEquals("alias"u8) ? CallType.Alias
                : 0;
        else
            reader.Skip();
        return null;
    }

    Problem? ReadId(string field, int longest, out string? id)
    {
        reader.Read();
        return JsonValue.Id(ref reader, longest, out id)?.In(field);
    }

    Problem? ReadMessageId()
    {
        // The longest escape of one character has six bytes.
        const int longestSent = MaxMessageId * 6;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType == JsonTokenType.Number && reader.ValueSpan.Length <= MaxMessageId)
        {
            message = MessageHash.Of(reader.ValueSpan);
            return null;
        }
        if (reader.TokenType != JsonTokenType.String)
            return Fault.NotText.In("messageId");
        if (reader.ValueSpan.Length > longestSent)
            return Fault.LongerThan(MaxMessageId).In("messageId");
        Span<char> text = stackalloc char[longestSent];
        text = text[..reader.CopyString(text)];
        if (text.Length > MaxMessageId)
            return Fault.LongerThan(MaxMessageId).In("messageId");
        if (text.IsWhiteSpace())
            return null;
        Span<byte> utf8 = stackalloc byte[MaxMessageId * 3];
        message = MessageHash.Of(utf8[..System.Text.Encoding.UTF8.GetBytes(text, utf8)]);
        return null;
    }

    Problem? ReadTime(string field, out long? time)
    {
        reader.Read();
        return JsonValue.Instant(ref reader, out time)?.In(field);
    }

    Problem? ReadObject(string field, out ReadOnlySpan<byte> slice)
    {
        slice = default;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return Fault.NotObject.In(field);
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        slice = json[start..(int)reader.BytesConsumed];
        return null;
    }

    readonly Problem? CheckNames(IncomingCall call)
    {
        if (userId is not null && NamesOfNobody.Contains(userId))
            return Fault.Nobody.In("userId");
        if (anonymousId is not null && NamesOfNobody.Contains(anonymousId))
            return Fault.Nobody.In("anonymousId");
        call.UserId = userId;
        call.AnonymousId = anonymousId;
        if (type == CallType.Alias)
        {
            if (previousId is null)
                return Fault.Missing("Send the name that was used before.").In("previousId");
            if (NamesOfNobody.Contains(previousId))
                return Fault.Nobody.In("previousId");
            if (userId is null)
                return Fault.Missing("Send the name that is used from now on.").In("userId");
            call.PreviousId = previousId;
        }
        return (userId ?? anonymousId) is null
            ? Problem.BadField(
                "userId or anonymousId",
                "Neither userId nor anonymousId is there.",
                "Send the id of the customer in userId, or that of the visitor in anonymousId."
            )
            : null;
    }

    readonly Problem? SetKind(IncomingCall call)
    {
        call.Message = message;
        switch (type)
        {
            case CallType.Page:
            case CallType.Screen:
                call.Kind = type == CallType.Page ? EventKind.PageViewed : EventKind.ScreenViewed;
                call.Label = NullIfBlank(name) ?? NullIfBlank(category);
                return null;
            case CallType.Group:
                call.Kind = EventKind.Grouped;
                call.Reference = NullIfBlank(groupId);
                return call.Reference is null ? Fault.Missing("Send the id of the group.").In("groupId") : null;
            case CallType.Track:
                if (NullIfBlank(eventName) is not { } given)
                    return Fault.Missing("Send the name of the event, for instance Product Viewed.").In("event");
                given = given.Trim();
                call.Kind = EventNames.KindOf(given);
                if (call.Kind == EventKind.Other)
                    call.Label = given;
                return null;
            default:
                call.Kind = EventKind.Identified;
                return null;
        }
    }

    /// <summary>
    /// The sender's clock may be wrong, the time between happening and sending is not: receivedAt − (sentAt − original). A call
    /// with both a timestamp and an original one was corrected by whoever passed it on.
    /// </summary>
    readonly Problem? SetTime(IncomingCall call, long receivedAt)
    {
        call.OriginalTimestamp = originalTimestamp ?? timestamp;
        call.SentAt = sentAt;
        var time =
            timestamp is not null && originalTimestamp is not null ? timestamp.Value
            : call.OriginalTimestamp is not { } original ? receivedAt
            : sentAt is { } sent ? receivedAt - (sent - original)
            : original;
        if (time < 0)
            return Fault.BeforeTime.In("timestamp");
        if (time > receivedAt + Day)
        {
            time = receivedAt;
            call.Marks |= EventMarks.TimeReplaced;
        }
        call.Time = time;
        return null;
    }

    readonly Problem? ReadInside(IncomingCall call, ContextFields about)
    {
        if (!context.IsEmpty)
            about.Read(context);
        var inside = new PropertiesReader(properties, call.Kind);
        string? other = null;
        if (call.Kind == EventKind.Other)
        {
            if (!properties.IsEmpty)
                other = JsonText.OfObject(properties);
        }
        else
        {
            // Also without properties: an event about a product has to name it.
            if (type is CallType.Track or CallType.Page or CallType.Screen && inside.Read() is { } problem)
                return problem;
            other = inside.Rest;
        }

        call.Lines = inside.Lines();
        call.Reference ??= inside.Reference;
        call.Label ??= inside.Label;
        call.Amount = inside.Amount;
        call.Currency = inside.Currency;
        call.Rating = inside.Rating;
        if (call.Kind is EventKind.Subscribed or EventKind.Unsubscribed)
        {
            call.Reference ??= "email";
            call.Label ??= "*";
        }

        var url = inside.Url ?? about.Url;
        var referrer = inside.Referrer ?? about.Referrer;
        call.Source = about.Source(referrer, url);
        call.Personal = Personal(
            new PersonalPart
            {
                Url = url,
                Title = inside.Title ?? about.Title,
                Referrer = referrer,
                Query = inside.Query,
                Text = inside.Text,
                Traits = Traits(call.Kind, about),
                Properties = other,
                TimeZone = about.TimeZone,
                Locale = about.Locale,
            }
        );
        return null;
    }

    /// <summary>
    /// The traits of an identify or group call. Clients that send them in the context do so with every call; they are kept
    /// where they are what the call says: with an identify, and with what a mailer reports about an address.
    /// </summary>
    readonly string? Traits(EventKind kind, in ContextFields about)
    {
        var own = type is CallType.Identify or CallType.Group && !traits.IsEmpty ? JsonText.OfObject(traits) : null;
        var fromContext = type == CallType.Identify || kind is >= EventKind.MessageDelivered and <= EventKind.MessageMarkedAsSpam;
        return own ?? (fromContext ? about.Traits : null);
    }

    static PersonalPart? Personal(PersonalPart part) => part.IsEmpty ? null : part;

    static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

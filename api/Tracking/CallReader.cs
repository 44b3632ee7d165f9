using System.Text.Json;
using Personalization.Events;
using Personalization.Outreach;
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

    readonly ReadOnlySpan<byte> _json = json;

    Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    CallType _type;
    string? _userId,
        _anonymousId,
        _previousId,
        _groupId,
        _eventName,
        _name,
        _category;
    ulong _message;
    LeftOut _leftOut;
    bool _timeUnreadable;
    long? _timestamp,
        _originalTimestamp,
        _sentAt;
    ReadOnlySpan<byte> _properties,
        _traits,
        _context;

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
            _type = known;
        _sentAt ??= batchSentAt;

        var read = new IncomingCall { Type = _type };
        var problem = CheckNames(read) ?? SetKind(read) ?? SetTime(read, receivedAt) ?? ReadInside(read, shared);
        if (problem is null)
            call = read;
        return problem;
    }

    Problem? ReadFields(bool typed)
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return BodyProblem.NotAnObject;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            if (ReadField() is { } problem)
                return problem;
        _reader.Read(); // Throws where anything follows the object.
        return typed && _type == 0
            ? Problem.BadField(
                "type",
                "type is missing or not one that is known.",
                "Send track, identify, page, screen, group or alias."
            )
            : null;
    }

    Problem? ReadField()
    {
        if (_reader.ValueTextEquals("type"u8))
            return ReadType();
        if (_reader.ValueTextEquals("userId"u8))
            return ReadName("userId", out _userId);
        if (_reader.ValueTextEquals("anonymousId"u8))
            return ReadName("anonymousId", out _anonymousId);
        if (_reader.ValueTextEquals("event"u8))
            return ReadId("event", MaxEvent, out _eventName);
        if (_reader.ValueTextEquals("properties"u8))
            return ReadObject("properties", out _properties);
        if (_reader.ValueTextEquals("context"u8))
            return ReadObject("context", out _context);
        if (_reader.ValueTextEquals("messageId"u8))
            return ReadMessageId();
        if (_reader.ValueTextEquals("timestamp"u8))
            return ReadTime("timestamp", out _timestamp);
        if (_reader.ValueTextEquals("sentAt"u8))
            return ReadTime("sentAt", out _sentAt);
        if (_reader.ValueTextEquals("originalTimestamp"u8))
            return ReadTime("originalTimestamp", out _originalTimestamp);
        if (_reader.ValueTextEquals("traits"u8))
            return ReadObject("traits", out _traits);
        if (_reader.ValueTextEquals("name"u8))
            return ReadLabel("name", out _name);
        if (_reader.ValueTextEquals("category"u8))
            return ReadLabel("category", out _category);
        if (_reader.ValueTextEquals("groupId"u8))
            return ReadName("groupId", out _groupId);
        if (_reader.ValueTextEquals("previousId"u8))
            return ReadName("previousId", out _previousId);
        if (_reader.ValueTextEquals("writeKey"u8))
        {
            var problem = ReadId("writeKey", MaxId, out var key);
            WriteKey = key;
            return problem;
        }
        _reader.Skip();
        return null;
    }

    Problem? ReadType()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.String)
            _type =
                _reader.ValueTextEquals("track"u8) ? CallType.Track
                : _reader.ValueTextEquals("identify"u8) ? CallType.Identify
                : _reader.ValueTextEquals("page"u8) ? CallType.Page
                : _reader.ValueTextEquals("screen"u8) ? CallType.Screen
                : _reader.ValueTextEquals("group"u8) ? CallType.Group
                : _reader.ValueTextEquals("alias"u8) ? CallType.Alias
                : 0;
        else
            _reader.Skip();
        return null;
    }

    Problem? ReadId(string field, int longest, out string? id)
    {
        _reader.Read();
        return JsonValue.Id(ref _reader, longest, out id)?.In(field);
    }

    /// <summary>A name; one that is missing in an encoder's spelling (false, [], {}) is not there.</summary>
    Problem? ReadName(string field, out string? name)
    {
        name = null;
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String && JsonValue.IsNothing(ref _reader))
            return null;
        return JsonValue.Id(ref _reader, MaxId, out name)?.In(field);
    }

    Problem? ReadLabel(string field, out string? label)
    {
        label = null;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        if (JsonValue.IsNothing(ref _reader) || JsonValue.Id(ref _reader, MaxLabel, out label) is not { } fault)
            return null;
        return _leftOut.Takes(fault, field, _reader.Pass(_json, start)) ? null : fault.In(field);
    }

    Problem? ReadMessageId()
    {
        // The longest escape of one character has six bytes.
        const int longestSent = MaxMessageId * 6;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        if (JsonValue.IsNothing(ref _reader))
            return null;
        if (_reader.TokenType == JsonTokenType.Number && _reader.ValueSpan.Length <= MaxMessageId)
        {
            _message = MessageHash.Of(_reader.ValueSpan);
            return null;
        }
        if (_reader.TokenType != JsonTokenType.String)
        {
            _leftOut.Takes(Fault.NotText, "messageId", _reader.Pass(_json, start));
            return null;
        }
        if (_reader.ValueSpan.Length > longestSent)
            return Fault.LongerThan(MaxMessageId).In("messageId");
        Span<char> text = stackalloc char[longestSent];
        text = text[.._reader.CopyString(text)];
        if (text.Length > MaxMessageId)
            return Fault.LongerThan(MaxMessageId).In("messageId");
        if (text.IsWhiteSpace())
            return null;
        Span<byte> utf8 = stackalloc byte[MaxMessageId * 3];
        _message = MessageHash.Of(utf8[..System.Text.Encoding.UTF8.GetBytes(text, utf8)]);
        return null;
    }

    Problem? ReadTime(string field, out long? time)
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        if (JsonValue.Instant(ref _reader, out time) is { } fault)
        {
            _leftOut.Takes(fault, field, _reader.Pass(_json, start));
            _timeUnreadable |= field != "sentAt";
        }
        return null;
    }

    Problem? ReadObject(string field, out ReadOnlySpan<byte> slice)
    {
        slice = default;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        if (JsonValue.IsNothing(ref _reader))
            return null;
        var isObject = _reader.TokenType == JsonTokenType.StartObject;
        var value = _reader.Pass(_json, start);
        if (isObject)
            slice = value;
        else
            _leftOut.Takes(Fault.NotObject, field, value);
        return null;
    }

    /// <summary>A name of nobody beside a good one is not there; alone it is refused.</summary>
    Problem? CheckNames(IncomingCall call)
    {
        var userIsNobody = _userId is not null && NamesOfNobody.Contains(_userId);
        var anonymousIsNobody = _anonymousId is not null && NamesOfNobody.Contains(_anonymousId);
        if (userIsNobody && (_anonymousId is null || anonymousIsNobody || _type == CallType.Alias))
            return Fault.Nobody.In("userId");
        if (anonymousIsNobody && _userId is null)
            return Fault.Nobody.In("anonymousId");
        if (userIsNobody)
            LeaveOut("userId", ref _userId);
        if (anonymousIsNobody)
            LeaveOut("anonymousId", ref _anonymousId);
        call.UserId = _userId;
        call.AnonymousId = _anonymousId;
        if (_type == CallType.Alias)
        {
            if (_previousId is null)
                return Fault.Missing("Send the name that was used before.").In("previousId");
            if (NamesOfNobody.Contains(_previousId))
                return Fault.Nobody.In("previousId");
            if (_userId is null)
                return Fault.Missing("Send the name that is used from now on.").In("userId");
            call.PreviousId = _previousId;
        }
        return (_userId ?? _anonymousId) is null
            ? Problem.BadField(
                "userId or anonymousId",
                "Neither userId nor anonymousId is there.",
                "Send the id of the customer in userId, or that of the visitor in anonymousId."
            )
            : null;
    }

    /// <summary>Blank is how many clients say that there is none; any other name of nobody is told.</summary>
    void LeaveOut(string field, ref string? name)
    {
        if (!string.IsNullOrWhiteSpace(name))
            _leftOut.Takes(Fault.Nobody, field);
        name = null;
    }

    Problem? SetKind(IncomingCall call)
    {
        call.Message = _message;
        switch (_type)
        {
            case CallType.Page:
            case CallType.Screen:
                call.Kind = _type == CallType.Page ? EventKind.PageViewed : EventKind.ScreenViewed;
                call.Label = NullIfBlank(_name) ?? NullIfBlank(_category);
                return null;
            case CallType.Group:
                call.Kind = EventKind.Grouped;
                call.Reference = NullIfBlank(_groupId);
                return call.Reference is null ? Fault.Missing("Send the id of the group.").In("groupId")
                    : NamesOfNobody.Contains(call.Reference) ? Fault.Nobody.In("groupId")
                    : null;
            case CallType.Track:
                if (NullIfBlank(_eventName) is not { } given)
                    return Fault.Missing("Send the name of the event, for instance Product Viewed.").In("event");
                given = given.Trim();
                call.Kind = EventNames.KindOf(given);
                if (call.Kind == EventKind.Other)
                {
                    call.Label = given;
                    if (EventNames.Nearest(given) is { } known)
                        _leftOut.Add(
                            new("event", $"event is not a name that is known here. If {known} is meant, send that.")
                            {
                                Kind = "unknown-event",
                            }
                        );
                }
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
    Problem? SetTime(IncomingCall call, long receivedAt)
    {
        call.OriginalTimestamp = _originalTimestamp ?? _timestamp;
        call.SentAt = _sentAt;
        if (_timeUnreadable && call.OriginalTimestamp is null)
            call.Marks |= EventMarks.TimeReplaced;
        var time =
            _timestamp is not null && _originalTimestamp is not null ? _timestamp.Value
            : call.OriginalTimestamp is not { } original ? receivedAt
            : _sentAt is { } sent ? receivedAt - (sent - original)
            : original;
        if (time < 0)
            _leftOut.Takes(Fault.BeforeTime, "timestamp");
        if (time < 0 || time > receivedAt + Day)
        {
            time = receivedAt;
            call.Marks |= EventMarks.TimeReplaced;
        }
        call.Time = time;
        return null;
    }

    Problem? ReadInside(IncomingCall call, ContextFields about)
    {
        if (!_context.IsEmpty)
            about.Read(_context);
        call.UserToken = about.UserToken;
        call.Tracking = about.Tracking;
        var timeZone = about.TimeZone;
        if (timeZone is not null && !TimeZoneNames.IsKnown(timeZone))
        {
            _leftOut.Takes(Fault.NotZone, "context.timezone");
            timeZone = null;
        }
        var traits = Traits(call.Kind, about);
        var inside = new PropertiesReader(_properties, call.Kind, _leftOut);
        string? other = null;
        if (call.Kind == EventKind.Other)
        {
            if (!_properties.IsEmpty)
                other = JsonText.OfObject(_properties);
        }
        else
        {
            // Also without properties: an event about a product has to name it.
            if (_type is CallType.Track or CallType.Page or CallType.Screen && inside.Read() is { } problem)
                return problem;
            other = inside.Rest;
        }

        call.Warnings = inside.Warnings;
        call.Lines = inside.Lines();
        if (inside.ListsNothing && inside.Amount is null or 0 && inside.Warnings is null && IsAboutCart(call.Kind))
            call.Kind = EventKind.CartEmptied;
        call.Reference ??= inside.Reference;
        call.Label ??= inside.Label;
        call.Amount = inside.Amount ?? (call.Kind == EventKind.OrderRefunded ? Sum(call.Lines) : null);
        call.IsRunningTotal = inside.IsRunningTotal;
        call.Currency = inside.Currency;
        call.RecommendationId = inside.RecommendationId;
        call.UserAgent = about.UserAgent;
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
                Traits = traits,
                Properties = other,
                TimeZone = timeZone,
                Locale = about.Locale,
            }
        );
        return null;
    }

    /// <summary>
    /// The traits of an identify or group call. Clients that send them in the context do so with every call; they are kept
    /// where they are what the call says: with an identify, and with what a mailer reports about an address.
    /// </summary>
    string? Traits(EventKind kind, in ContextFields about)
    {
        if (kind == EventKind.Subscribed)
            return SubscribedAddress.Of(_properties, about.Traits);
        var own = _type is CallType.Identify or CallType.Group && !_traits.IsEmpty ? JsonText.OfObject(_traits) : null;
        if (own is not null)
            return TraitValues.Read(own, "traits", ref _leftOut);
        var fromContext =
            _type == CallType.Identify || kind is >= EventKind.MessageDelivered and <= EventKind.MessageMarkedAsSpam;
        return fromContext && about.Traits is { } traits ? TraitValues.Read(traits, "context.traits", ref _leftOut) : null;
    }

    /// <summary>Whether a list of products without any says that the cart is empty: an order with an amount is one all the same.</summary>
    static bool IsAboutCart(EventKind kind) =>
        kind is EventKind.CartViewed or EventKind.CheckoutStarted or EventKind.OrderUpdated;

    /// <summary>What the lines are worth that go back; null where there are none, or one has no price.</summary>
    static long? Sum(IncomingLine[] lines)
    {
        var sum = 0L;
        foreach (var line in lines)
        {
            if (line.Price == 0)
                return null;
            sum = Saturating.Add(sum, Saturating.Multiply(line.Price, line.Quantity));
        }
        return sum > 0 && Bounds.IsAmount(sum) ? sum : null;
    }

    static PersonalPart? Personal(PersonalPart part) => part.IsEmpty ? null : part;

    static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

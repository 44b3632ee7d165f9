using System.Text;
using System.Text.Json;
using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Tracking;

/// <summary>
/// What a call's <c>context</c> says about the visit. A value: a batch's context is read once and copied for each item.
/// </summary>
struct ContextFields
{
    string? _source,
        _medium,
        _campaign,
        _term,
        _content;
    string? _pageReferrer,
        _referrer;

    public string? Url { get; private set; }
    public string? Title { get; private set; }
    public string? TimeZone { get; private set; }
    public string? Locale { get; private set; }

    /// <summary>Proves the call's user id (<see cref="Keys.UserTokens"/>).</summary>
    public string? UserToken { get; private set; }

    /// <summary>What the sending program says of itself.</summary>
    public string? UserAgent { get; private set; }

    /// <summary>The traits as JSON; null where there are none.</summary>
    public string? Traits { get; private set; }

    /// <summary>How much may be kept, by <c>tracking</c> and <c>consent.categoryPreferences</c>: the least of what they say.</summary>
    public TrackingLevel Tracking { get; private set; }

    public readonly string? Referrer => _pageReferrer ?? _referrer;

    /// <summary>
    /// Reads an object of valid JSON over what is there already; fields it does not have stay. What is no object says
    /// nothing.
    /// </summary>
    public void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("page"u8))
                ReadPage(ref reader);
            else if (reader.ValueTextEquals("campaign"u8))
                ReadCampaign(ref reader);
            else if (reader.ValueTextEquals("referrer"u8))
                _referrer = ReadReferrer(ref reader) ?? _referrer;
            else if (reader.ValueTextEquals("timezone"u8))
                TimeZone = NextText(ref reader) ?? TimeZone;
            else if (reader.ValueTextEquals("locale"u8))
                Locale = NextText(ref reader) ?? Locale;
            else if (reader.ValueTextEquals("userToken"u8))
                UserToken = NextText(ref reader) ?? UserToken;
            else if (reader.ValueTextEquals("userAgent"u8))
                UserAgent = NextText(ref reader) ?? UserAgent;
            else if (reader.ValueTextEquals("traits"u8))
                Traits = ReadTraits(ref reader, json) ?? Traits;
            else if (reader.ValueTextEquals("tracking"u8))
                Limit(TrackingWords.LevelOf(NextText(ref reader)) ?? TrackingLevel.Full);
            else if (reader.ValueTextEquals("consent"u8))
                ReadConsent(ref reader);
            else
                reader.Skip();
        }
    }

    /// <summary>
    /// Where the visit came from, or null. A referrer on the page's own host is no source: the visitor was there already.
    /// </summary>
    public readonly VisitSource? Source(string? fullReferrer, string? url)
    {
        var host = ReferrerHost.Of(fullReferrer);
        if (host is not null && host == ReferrerHost.Of(url))
            host = null;
        return (_source ?? _medium ?? _campaign ?? _term ?? _content ?? host) is null
            ? null
            : new VisitSource(_source, _medium, _campaign, _term, _content, host);
    }

    void Limit(TrackingLevel level)
    {
        if (level > Tracking)
            Tracking = level;
    }

    /// <summary>Segment's consent object: what a visitor chose, by the categories of the shop's consent banner.</summary>
    void ReadConsent(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            if (reader.ValueTextEquals("categoryPreferences"u8))
                ReadPreferences(ref reader);
            else
                reader.Skip();
    }

    void ReadPreferences(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var refused = RefusedBy(reader.GetString()!);
            reader.Read();
            if (reader.TokenType == JsonTokenType.False)
                Limit(refused);
            reader.Skip();
        }
    }

    /// <summary>What is left where a category is refused.</summary>
    static TrackingLevel RefusedBy(string category) =>
        category.ToLowerInvariant() switch
        {
            "analytics" or "statistics" or "performance" => TrackingLevel.None,
            "advertising" or "marketing" or "personalization" or "personalisation" or "targeting" => TrackingLevel.Anonymous,
            _ => TrackingLevel.Full,
        };

    void ReadPage(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("url"u8))
                Url = NextText(ref reader) ?? Url;
            else if (reader.ValueTextEquals("title"u8))
                Title = NextText(ref reader) ?? Title;
            else if (reader.ValueTextEquals("referrer"u8))
                _pageReferrer = NextText(ref reader) ?? _pageReferrer;
            else
                reader.Skip();
        }
    }

    void ReadCampaign(ref Utf8JsonReader reader)
    {
        if (!EntersObject(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("source"u8))
                _source = NextText(ref reader) ?? _source;
            else if (reader.ValueTextEquals("medium"u8))
                _medium = NextText(ref reader) ?? _medium;
            else if (reader.ValueTextEquals("name"u8))
                _campaign = NextText(ref reader) ?? _campaign;
            else if (reader.ValueTextEquals("term"u8))
                _term = NextText(ref reader) ?? _term;
            else if (reader.ValueTextEquals("content"u8))
                _content = NextText(ref reader) ?? _content;
            else
                reader.Skip();
        }
    }

    /// <summary>A referrer is an address, or an object with one.</summary>
    static string? ReadReferrer(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return ThisText(ref reader);
        string? address = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("url"u8))
                address = NextText(ref reader) ?? address;
            else
                reader.Skip();
        }
        return address;
    }

    static string? ReadTraits(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        reader.Skip();
        return isObject ? JsonText.OfObject(json[start..(int)reader.BytesConsumed]) : null;
    }

    /// <summary>Moves on to the value, and past it where it is no object.</summary>
    static bool EntersObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
            return true;
        reader.Skip();
        return false;
    }

    static string? NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return ThisText(ref reader);
    }

    static string? ThisText(ref Utf8JsonReader reader)
    {
        if (!JsonValue.TryText(ref reader, out var text))
            reader.Skip();
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }
}

/// <summary>JSON kept as it was sent.</summary>
static class JsonText
{
    /// <summary>The object's text; null for one that is empty.</summary>
    public static string? OfObject(ReadOnlySpan<byte> json)
    {
        var inside = json[1..^1];
        return inside.Trim(" \t\r\n"u8).IsEmpty ? null : Encoding.UTF8.GetString(json);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Customers;

/// <summary>
/// What identify calls said about a person (R04), in two layers: what the shop told (its server, signed calls, imports) and what
/// only the public key claimed. A claim fills what was not told and replaces nothing that was. The reserved traits that are used
/// have fields; all of them stand in <see cref="Traits"/>.
/// </summary>
[GenerateSerializer, Alias("profile")]
public sealed class Profile
{
    const int MaxTraits = 200,
        MaxCharacters = 64 * 1024;

    /// <summary>Where messages go. Of a proved customer, only as told.</summary>
    [Id(0)]
    public string? Email { get; private set; }

    /// <summary>As <see cref="Email"/>.</summary>
    [Id(1)]
    public string? Phone { get; private set; }

    [Id(2)]
    public string? FirstName { get; private set; }

    [Id(3)]
    public string? LastName { get; private set; }

    [Id(4)]
    public string? Birthday { get; private set; }

    [Id(5)]
    public string? TimeZone { get; private set; }

    [Id(6)]
    public string? Locale { get; private set; }

    /// <summary>Every trait that holds, as a JSON object; null when there is none.</summary>
    [Id(7)]
    public string? Traits { get; private set; }

    [Id(8)]
    public ProfileLayer Told { get; private set; } = ProfileLayer.Empty;

    [Id(9)]
    public ProfileLayer Claimed { get; private set; } = ProfileLayer.Empty;

    /// <summary>Whether it is that of a proved customer.</summary>
    [Id(10)]
    public bool IsProved
    {
        get;
        set
        {
            if (field == value)
                return;
            field = value;
            Show();
        }
    }

    /// <summary>
    /// Whether the shop's server or an import gave <see cref="Email"/>. A claim could name anybody's, and so could a signed call:
    /// a user token proves who speaks, not which address is theirs.
    /// </summary>
    [Id(11)]
    public bool IsEmailTold { get; private set; }

    /// <summary>Whether the owner of <see cref="Email"/> confirmed a subscription of this customer.</summary>
    [Id(12)]
    public bool IsEmailConfirmed { get; private set; }

    public static Profile Of(
        ProfileLayer told,
        ProfileLayer claimed,
        bool isProved,
        bool isEmailTold = false,
        bool isEmailConfirmed = false
    )
    {
        var profile = new Profile
        {
            Told = told,
            Claimed = claimed,
            IsProved = isProved,
            IsEmailTold = isEmailTold,
        };
        profile.Show();
        profile.IsEmailConfirmed = isEmailConfirmed;
        return profile;
    }

    /// <summary>For readers outside the turn.</summary>
    public Profile Copy() => (Profile)MemberwiseClone();

    /// <summary>Takes over the traits of an identify call: later values replace earlier ones of the same layer, null removes.</summary>
    /// <remarks>
    /// A layer holds <see cref="MaxTraits"/> traits of <see cref="MaxCharacters"/> in all: what is beyond is left out. A signed
    /// call does not replace the address that the shop's server told.
    /// </remarks>
    public void Merge(string traits, bool claimed, bool signed = false)
    {
        if (Parse(traits) is not { } given)
            return;
        if (signed && IsEmailTold)
            given.Remove(EmailTrait);
        var all = Parse(LayerOf(claimed).Traits) ?? [];
        foreach (var (name, value) in given)
        {
            if (value is null)
                all.Remove(name);
            else if (all.Count < MaxTraits || all.ContainsKey(name))
                all[name] = value.DeepClone();
        }
        var text = all.ToJsonString();
        if (text.Length > MaxCharacters)
            return;
        if (!claimed && !signed && given.ContainsKey(EmailTrait))
            IsEmailTold = Text(all, EmailTrait, EmailTrait) is not null;
        var layer = LayerOf(claimed);
        Put(claimed, layer with { Traits = text, TimeZone = Text(all, "timezone", "timeZone") ?? layer.TimeZone });
    }

    /// <summary>Where the sender is, as the context of a call says it; null is not said.</summary>
    public void Place(string? timeZone, string? locale, bool claimed)
    {
        var layer = LayerOf(claimed);
        if ((timeZone is null || timeZone == layer.TimeZone) && (locale is null || locale == layer.Locale))
            return;
        Put(claimed, layer with { TimeZone = timeZone ?? layer.TimeZone, Locale = locale ?? layer.Locale });
    }

    /// <summary>The owner of the address that the profile has now agreed to a subscription of this customer.</summary>
    public void ConfirmEmail() => IsEmailConfirmed = Email is not null;

    ProfileLayer LayerOf(bool claimed) => claimed ? Claimed : Told;

    void Put(bool claimed, ProfileLayer layer)
    {
        if (claimed)
            Claimed = layer;
        else
            Told = layer;
        Show();
    }

    /// <summary>Works out what holds.</summary>
    void Show()
    {
        var (told, claimed) = (Parse(Told.Traits) ?? [], Parse(Claimed.Traits) ?? []);
        if (IsProved)
            foreach (var address in Addresses)
                claimed.Remove(address);
        var before = Email;
        Email = Text(told, EmailTrait, EmailTrait) ?? Text(claimed, EmailTrait, EmailTrait);
        if (Email != before)
            IsEmailConfirmed = false;
        Phone = Text(told, "phone", "phone") ?? Text(claimed, "phone", "phone");
        FirstName = FirstNameIn(told) ?? FirstNameIn(claimed);
        LastName = Text(told, "lastName", "last_name") ?? Text(claimed, "lastName", "last_name");
        Birthday = Text(told, "birthday", "birthday") ?? Text(claimed, "birthday", "birthday");
        TimeZone = Told.TimeZone ?? Claimed.TimeZone;
        Locale = Told.Locale ?? Claimed.Locale;
        foreach (var (name, value) in told)
            claimed[name] = value?.DeepClone();
        Traits = Told.Traits is null && Claimed.Traits is null ? null : claimed.ToJsonString();
    }

    const string EmailTrait = "email";

    static readonly string[] Addresses = [EmailTrait, "phone"];

    static string? FirstNameIn(JsonObject traits) =>
        Text(traits, "firstName", "first_name") ?? Text(traits, "name", "name")?.Split(' ')[0];

    /// <summary>
    /// Where a name occurs twice the last value counts. Text that is not valid Unicode is left out, and so is the value of
    /// such a name.
    /// </summary>
    static JsonObject? Parse(string? json)
    {
        if (json is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var traits = new JsonObject();
            foreach (var property in document.RootElement.EnumerateObject())
                if (IsUnicode(property))
                    traits[property.Name] = Node(property.Value.Clone());
            return traits;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static JsonNode? Node(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Object => JsonObject.Create(value),
            JsonValueKind.Array => JsonArray.Create(value),
            _ => JsonValue.Create(value),
        };

    static bool IsUnicode(JsonProperty property)
    {
        try
        {
            _ = property.Name;
            if (property.Value.ValueKind == JsonValueKind.String)
                _ = property.Value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static string? Text(JsonObject traits, string name, string other) =>
        ((traits[name] ?? traits[other]) as JsonValue)?.ToString() is { Length: > 0 and <= 320 } text ? text : null;
}

/// <summary>What one side said of a person. <paramref name="Traits"/> is a JSON object of the latest values; null where there are none.</summary>
/// <param name="TimeZone">IANA, for instance "Europe/Lisbon".</param>
/// <param name="Locale">BCP 47, for instance "pt-PT".</param>
[GenerateSerializer, Immutable, Alias("profile-layer")]
public sealed record ProfileLayer(string? Traits, string? TimeZone, string? Locale)
{
    public static readonly ProfileLayer Empty = new(null, null, null);
}

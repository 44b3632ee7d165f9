using Personalization.Events;
using Personalization.Identity;
using Personalization.Platforms;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>The columns of a platform's export of customers; of several spellings the first that is there.</summary>
public sealed record CustomerColumns
{
    public required string[] Email { get; init; }
    public required string[] Customer { get; init; }

    /// <summary>When the customer signed up.</summary>
    public string[] Registered { get; init; } = [];

    /// <summary>Whether messages are wanted: yes or no.</summary>
    public string[] Consent { get; init; } = [];

    /// <summary>What becomes a trait, by the trait's name.</summary>
    public required (string Trait, string[] Columns)[] Traits { get; init; }

    public static CustomerColumns Shopify { get; } =
        new()
        {
            Email = ["Email"],
            Customer = ["Customer ID"],
            Consent = ["Accepts Email Marketing", "Accepts Marketing"],
            Traits =
            [
                ("firstName", ["First Name"]),
                ("lastName", ["Last Name"]),
                ("phone", ["Phone", "Default Address Phone"]),
                ("city", ["City", "Default Address City"]),
                ("country", ["Country Code", "Default Address Country Code", "Country"]),
                ("tags", ["Tags"]),
            ],
        };

    public static CustomerColumns WooCommerce { get; } =
        new()
        {
            Email = ["user_email", "customer_email", "Email", "billing_email", "Email (Billing)", "Billing Email"],
            Customer = ["customer_id", "user_id", "Customer ID", "User ID", "ID"],
            Registered = ["user_registered", "date_registered", "Date Registered", "Sign up", "date_created"],
            Traits =
            [
                ("firstName", ["first_name", "First Name", "billing_first_name", "Billing First Name"]),
                ("lastName", ["last_name", "Last Name", "billing_last_name", "Billing Last Name"]),
                ("name", ["Name", "display_name"]),
                ("phone", ["billing_phone", "Billing Phone", "Phone"]),
                ("city", ["billing_city", "Billing City", "City"]),
                ("country", ["billing_country", "Billing Country", "Country / Region", "Country"]),
            ],
        };
}

/// <summary>
/// Customers as Shopify and WooCommerce export them: who they are, and whether they want messages. A file says how things were
/// when it was written; where it tells when a customer signed up, that is the time of what it says of them.
/// </summary>
public sealed class PlatformCustomers
{
    public const string Nameless = "customer without an e-mail address and an id";

    readonly string _format;
    readonly PlatformSettings _names;
    readonly ImportNotes _notes;
    readonly DelimitedRows _rows;
    readonly FileTimes _times;
    readonly int _columns,
        _email,
        _customer,
        _registered,
        _consent;
    readonly (string Trait, int Column)[] _traits;

    /// <exception cref="ImportException">The file has neither of the columns that name a customer.</exception>
    public static IEnumerable<ImportedFact> Read(
        string format,
        CustomerColumns columns,
        PlatformSettings names,
        Stream content,
        ImportNotes notes
    ) => new PlatformCustomers(format, columns, names, content, notes).Facts();

    PlatformCustomers(string format, CustomerColumns columns, PlatformSettings names, Stream content, ImportNotes notes)
    {
        (_format, _names, _notes) = (format, names, notes);
        _rows = new DelimitedRows(content).DetectDelimiter();
        _times = new FileTimes(notes.Dates, notes.Zone);
        var header = new Header(_rows);
        _columns = header.Count;
        _customer = header.FindAny(columns.Customer);
        _email = _customer < 0 ? header.Any(columns.Email) : header.FindAny(columns.Email);
        _registered = header.FindAny(columns.Registered);
        _consent = header.FindAny(columns.Consent);
        _traits = Array.ConvertAll(columns.Traits, one => (one.Trait, header.FindAny(one.Columns)));
    }

    IEnumerable<ImportedFact> Facts()
    {
        while (_rows.Next())
        {
            _notes.Row();
            if (Flaw() is { } flaw)
            {
                _notes.Reject(_rows.Line, flaw);
                continue;
            }
            var email = Text(_email);
            if (_names.User(Text(_customer), email) is not { } user)
            {
                _notes.LeaveOut(Nameless);
                continue;
            }
            var time = !Field(_registered).IsEmpty && _times.TryRead(Field(_registered), out var told) ? told : _notes.Written;
            yield return Identified(user, email, time);
            if (email is not null && Wanted() is { } wanted)
                yield return Consent(user, email, time, wanted);
        }
    }

    string? Flaw() => _rows.Damage ?? (_rows.Count == _columns ? null : $"{_rows.Count} fields where the header has {_columns}");

    bool? Wanted() =>
        Text(_consent)?.ToLowerInvariant() switch
        {
            "yes" or "true" or "1" => true,
            "no" or "false" or "0" => false,
            _ => null,
        };

    ImportedFact Identified(string user, string? email, long time)
    {
        var traits = new (string, string?)[_traits.Length + 1];
        traits[0] = ("email", email);
        for (var i = 0; i < _traits.Length; i++)
            traits[i + 1] = (_traits[i].Trait, Text(_traits[i].Column));
        return Fact(user, EventKind.Identified, time, TraitsJson.Of(traits), FactKey.OfRow(_format, _rows.Row));
    }

    /// <summary>
    /// A grant counts once, as a later export must not undo what the customer has withdrawn here since; a refusal counts with
    /// every row that is another.
    /// </summary>
    ImportedFact Consent(string user, string email, long time, bool wanted) =>
        Fact(
            user,
            wanted ? EventKind.Subscribed : EventKind.Unsubscribed,
            time,
            TraitsJson.Of(("email", email)),
            wanted ? FactKey.Of(_format, "granted", user, email) : FactKey.Numbered(FactKey.OfRow(_format, _rows.Row), 2)
        );

    ImportedFact Fact(string user, EventKind kind, long time, string traits, UInt128 key) =>
        new()
        {
            NameKind = NameKind.User,
            Name = user,
            Kind = kind,
            Time = time,
            Reference = kind == EventKind.Identified ? null : "email",
            Label = kind == EventKind.Identified ? null : "*",
            Personal = new PersonalPart { Traits = traits },
            Key = key,
            // A row that the file repeats says nothing new.
            KeyFromSender = true,
            SourceLine = _rows.Line,
        };

    ReadOnlySpan<byte> Field(int column) => column < 0 ? [] : FieldValue.Trim(_rows[column]);

    /// <summary>Without the apostrophe by which Shopify keeps spreadsheets from reading a number.</summary>
    string? Text(int column) =>
        Field(column).TrimStart((byte)'\'') is { IsEmpty: false } field ? System.Text.Encoding.UTF8.GetString(field) : null;
}

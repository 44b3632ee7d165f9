using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Import;

/// <summary>
/// One fact of a customer's history as a file tells it: names and products are still text, nothing has been looked up.
/// Flat on purpose; what a kind does not use is null, 0 or empty.
/// </summary>
[GenerateSerializer(GenerateFieldIds = GenerateFieldIds.PublicProperties), SuppressReferenceTracking]
public sealed class ImportedFact
{
    public required NameKind NameKind { get; init; }

    /// <summary>The customer's name: a user id or an anonymous id, see <see cref="NameKind"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The anonymous id that the same fact carries beside a user id, or null.</summary>
    public string? AnonymousName { get; init; }

    public required EventKind Kind { get; init; }

    /// <summary>When it happened, Unix milliseconds UTC.</summary>
    public required long Time { get; set; }

    /// <summary>The products it is about. Empty, never null.</summary>
    public ImportedLine[] Lines { get; init; } = [];

    /// <summary>As in <see cref="Tracked.Reference"/>.</summary>
    public string? Reference { get; init; }

    /// <summary>As in <see cref="Tracked.Label"/>.</summary>
    public string? Label { get; init; }

    /// <summary>In ten-thousandths of <see cref="Currency"/>.</summary>
    public long Amount { get; init; }

    /// <summary>As in <see cref="Tracked.IsRunningTotal"/>.</summary>
    public bool IsRunningTotal { get; init; }

    /// <summary>The default value is the shop's base currency.</summary>
    public Currency Currency { get; init; }

    /// <summary>A review's stars (1 to 5), else 0.</summary>
    public float Rating { get; init; }

    public VisitSource? Source { get; init; }

    public PersonalPart? Personal { get; init; }

    /// <summary>
    /// The same fact has the same key however often its file is imported; different facts have different keys, also
    /// where their rows are equal (see <see cref="FactSorting"/>, which numbers those).
    /// </summary>
    public UInt128 Key { get; set; }

    /// <summary>
    /// Of an order: the key of what the file says of it, by which a later file's other word on it is known; else 0.
    /// </summary>
    public UInt128 Content { get; set; }

    /// <summary>The order was imported before, with another content: this word replaces the earlier one.</summary>
    public bool IsChange { get; set; }

    /// <summary>
    /// The sender itself gave the fact an identity (a message id): facts with equal keys are then one fact told twice, and
    /// are not numbered.
    /// </summary>
    public bool KeyFromSender { get; set; }

    /// <summary>Which of the files given (from 0), and the line in it (from 1): where a refusal is reported.</summary>
    public int File { get; set; }

    /// <inheritdoc cref="File"/>
    public long SourceLine { get; set; }
}

/// <summary>
/// A product of a fact with what the file says of it. <paramref name="Price"/> is the unit price in ten-thousandths,
/// 0 = not given. Title, category and brand fill the catalogue; null where the file does not say.
/// </summary>
[GenerateSerializer]
public readonly record struct ImportedLine(
    string Product,
    int Quantity,
    long Price,
    string? Title = null,
    string? Category = null,
    string? Brand = null
);

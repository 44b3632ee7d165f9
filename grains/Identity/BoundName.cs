namespace Personalization.Identity;

/// <summary>The kinds of name a customer can have. The numbers stand in the database.</summary>
public enum NameKind : byte
{
    /// <summary>A user id that the shop's server, a signed call or an import has named: it is proved (docs/trust.md).</summary>
    User = 1,

    /// <summary>An id that a browser or an app made up for its visitor. Whoever knows it speaks for that device.</summary>
    Anonymous = 2,

    /// <summary>A user id as only the public key has named it. It may stand beside the same id as <see cref="User"/>, for another customer.</summary>
    Claimed = 3,
}

/// <summary>A name as it stands in the durable table: its own number, and the customer it points to since a time (Unix milliseconds).</summary>
public sealed record BoundName(long Number, NameKind Kind, string Value, long Customer, long Since);

namespace Personalization.Identity;

/// <summary>The two kinds of name a tracking call can carry. The numbers stand in the database.</summary>
public enum NameKind : byte
{
    User = 1,
    Anonymous = 2,
}

/// <summary>A name as it stands in the durable table: its own number, and the customer it points to since a time (Unix milliseconds).</summary>
public sealed record BoundName(long Number, NameKind Kind, string Value, long Customer, long Since);

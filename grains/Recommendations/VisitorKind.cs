namespace Personalization.Recommendations;

/// <summary>The kinds of visitor (R02).</summary>
public enum VisitorKind : byte
{
    /// <summary>Nothing is known of them yet.</summary>
    First,

    /// <summary>Seen before, by an anonymous id.</summary>
    Cookie,

    /// <summary>Has a user id: signed in, or remembered.</summary>
    Known,
}

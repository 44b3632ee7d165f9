namespace Personalization.Keys;

/// <summary>Who vouches for what a call says. See docs/trust.md.</summary>
public enum Trust : byte
{
    /// <summary>The public write key alone: any visitor could have sent it.</summary>
    Claimed,

    /// <summary>The write key, and a token that the shop's server signed for the user id of the call.</summary>
    Signed,

    /// <summary>The secret key: the shop's server.</summary>
    Server,
}

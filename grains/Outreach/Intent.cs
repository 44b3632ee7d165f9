namespace Personalization.Outreach;

/// <summary>The wish to send one message to one customer. Times in Unix milliseconds.</summary>
public sealed record Intent
{
    public required Playbook Playbook { get; init; }
    public required string Occasion { get; init; }
    public required Guid Message { get; init; }

    /// <summary>Expected worth of sending, ten-thousandths of the base currency.</summary>
    public required long Value { get; init; }

    /// <summary>Not to be sent before.</summary>
    public required long Due { get; init; }

    /// <summary>Of no use from here on.</summary>
    public required long Expires { get; init; }

    /// <summary>Since when it has been so: a purchase after that, by whomever has the address, is the answer to it.</summary>
    public long Since { get; init; } = long.MaxValue;

    /// <summary>False where the reason is gone: the cart was bought or emptied, the warning closed.</summary>
    public bool StillApplies { get; init; } = true;

    /// <summary>False where nothing is left to put into the message: every product sold out or hidden.</summary>
    public bool HasContent { get; init; } = true;
}

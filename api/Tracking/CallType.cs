namespace Personalization.Tracking;

/// <summary>
/// The calls of the Segment HTTP tracking API: the endpoint of a single call, the <c>type</c> of a batch's item.
/// </summary>
public enum CallType : byte
{
    Track = 1,
    Identify = 2,
    Page = 3,
    Screen = 4,
    Group = 5,
    Alias = 6,
}

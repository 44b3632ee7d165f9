namespace Personalization.Hosting;

/// <summary>A clock that began at another time and runs on from there.</summary>
public sealed class ShiftedTime(DateTimeOffset start) : TimeProvider
{
    readonly TimeSpan shift = start - System.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
}

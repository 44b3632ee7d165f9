using System.Diagnostics;

namespace Personalization.Projections;

/// <summary>Something that is done now and then inside a loop that runs much more often.</summary>
sealed class Pace(TimeSpan every)
{
    long _last;

    /// <summary>True the first time, and then when the time has passed since it was true.</summary>
    public bool IsDue()
    {
        if (_last != 0 && Stopwatch.GetElapsedTime(_last) < every)
            return false;
        _last = Stopwatch.GetTimestamp();
        return true;
    }
}

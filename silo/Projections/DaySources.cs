using Personalization.Journal;
using Personalization.Measures;

namespace Personalization.Projections;

/// <summary>
/// The sources that each day tells apart, up to a bound: anybody may put a name into an address, and the others are counted together.
/// </summary>
/// <param name="models">What was counted before.</param>
/// <param name="bound">Sources of a day.</param>
/// <param name="reached">Told when one is beyond it.</param>
sealed class DaySources(IReadModels models, int bound, Action reached)
{
    const int MaxDays = 400;
    readonly Dictionary<int, HashSet<string>> _days = [];

    /// <summary>Reads what is known of these days.</summary>
    public async ValueTask LoadAsync(IEnumerable<int> days, CancellationToken cancel)
    {
        if (_days.Count > MaxDays)
            _days.Clear();
        foreach (var day in days)
            if (!_days.ContainsKey(day))
                _days[day] = [.. (await models.SourceDaysAsync(day, day, cancel)).Select(one => one.Source)];
    }

    /// <summary>The key under which a source counts on a day that was loaded.</summary>
    public string Of(int day, string source)
    {
        var known = _days[day];
        if (source.Length == 0 || known.Contains(source))
            return source;
        if (known.Count < bound)
        {
            known.Add(source);
            return source;
        }
        reached();
        return SourceKey.Other;
    }
}

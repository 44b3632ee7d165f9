using System.Collections.Concurrent;
using Personalization.Journal;

namespace Personalization.Recommendations;

/// <summary>What the keys of <see cref="AnswerSource"/> stand for, kept in the store: a shop has a few dozen.</summary>
public sealed partial class AnswerSources(ISettings settings, ILogger<AnswerSources> log)
{
    readonly ConcurrentDictionary<uint, AnswerSource> _known = new();

    /// <summary>Makes it known in the background: no answer waits for it. What fails is tried again with the next answer.</summary>
    public void Note(AnswerSource source)
    {
        if (_known.TryAdd(source.Key, source))
            _ = SaveAsync(source);
    }

    async Task SaveAsync(AnswerSource source)
    {
        try
        {
            await settings.ReadOrAddSettingAsync(NameOf(source.Key), source.Bytes);
        }
        catch (Exception failed)
        {
            _known.TryRemove(source.Key, out _);
            Log.NotKept(log, source.Strategy, failed.Message);
        }
    }

    /// <summary>Null for a key that nobody has noted.</summary>
    public async ValueTask<AnswerSource?> FindAsync(uint key, CancellationToken cancel)
    {
        if (_known.TryGetValue(key, out var known))
            return known;
        if (key == 0 || await settings.ReadSettingAsync(NameOf(key), cancel) is not { } bytes)
            return null;
        return _known[key] = AnswerSource.Of(bytes);
    }

    static string NameOf(uint key) => $"recommendations/source/{key:x8}";

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "That answers are made by {Strategy} could not be kept yet: {Reason}")]
        public static partial void NotKept(ILogger log, string strategy, string reason);
    }
}

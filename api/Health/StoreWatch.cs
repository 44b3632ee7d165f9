using System.Buffers.Binary;
using System.Diagnostics;
using Personalization.Journal;

namespace Personalization.Health;

/// <summary>
/// Whether the database takes writes. An outage is a line in the log when it begins and one when it is over, however many
/// calls fail meanwhile: whoever cannot use the database reports it here instead of logging it.
/// </summary>
public sealed partial class StoreWatch(ISettings store, ILogger<StoreWatch> log) : BackgroundService
{
    /// <summary>A test is believed for so long.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>A test that takes longer has failed: whoever asks must not hang with the database.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>An outage is over when tests succeed and nobody has reported another failure for so long.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();
    Task<string?> _test = Task.FromResult((string?)null);
    long? _tested;
    bool _isOut;
    long _since,
        _reported;
    int _failures;

    /// <summary>Writes something tiny, unless that was tried within a second: why it could not be, or null. Takes two seconds at most.</summary>
    public async ValueTask<string?> ProblemAsync()
    {
        Task<string?> test;
        lock (_gate)
        {
            if (_test.IsCompleted && (_tested is not { } then || Stopwatch.GetElapsedTime(then) > Fresh))
                (_test, _tested) = (TestAsync(), Stopwatch.GetTimestamp());
            test = _test;
        }
        try
        {
            return await test.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            const string silent = "The database does not answer.";
            Report(silent);
            return silent;
        }
    }

    /// <summary>The database could not be used: a line in the log where that is news.</summary>
    public void Report(StoreUnavailableException failure) => Report(failure.Message);

    void Report(string why)
    {
        lock (_gate)
        {
            _reported = Stopwatch.GetTimestamp();
            _failures++;
            if (_isOut)
                return;
            (_isOut, _since, _failures) = (true, _reported, 1);
            // What was found out before is no longer so.
            _tested = null;
        }
        Log.Out(log, why);
    }

    async Task<string?> TestAsync()
    {
        var now = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(now, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        try
        {
            // Not on the caller's time: embedded databases and those known to be away answer without a pause.
            await Task.Run(() => store.SaveSettingAsync("health.write-test", now).AsTask());
            return null;
        }
        catch (StoreUnavailableException failure)
        {
            Report(failure);
            return failure.Message;
        }
        catch (Exception unexpected)
        {
            // Whoever asks is told, and the watch goes on.
            var problem = $"The database failed ({unexpected.GetType().Name}).";
            Report(problem);
            return problem;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                if (IsQuiet() && await ProblemAsync() is null)
                    End();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    /// <summary>Whether an outage may be over.</summary>
    bool IsQuiet()
    {
        lock (_gate)
            return _isOut && Stopwatch.GetElapsedTime(_reported) > Quiet;
    }

    void End()
    {
        int failures;
        TimeSpan took;
        lock (_gate)
        {
            _isOut = false;
            (failures, took) = (_failures, Stopwatch.GetElapsedTime(_since, _reported));
        }
        Log.Over(log, (long)took.TotalSeconds, failures);
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "The database cannot be used; calls are answered 503 until it can: {Reason}"
        )]
        public static partial void Out(ILogger log, string reason);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The database can be used again; it could not for {Seconds} seconds, in which {Failures} attempts failed."
        )]
        public static partial void Over(ILogger log, long seconds, int failures);
    }
}

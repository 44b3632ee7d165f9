using System.Buffers;
using System.Diagnostics;
using Personalization.Keys;
using Personalization.Limits;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// Reads the bodies of tracking calls. Memory grows with what has come, not with what was announced; without a key in the header
/// a body is small, as only a browser that is closing its page has to put the key into it; few of them are waited for at once (one
/// that is there when it is asked for takes no place from others), and few large ones are read at once.
/// </summary>
public sealed class RequestBodies(LimitSettings settings, UnnamedProxies proxies, LimitAlarm alarm) : IDisposable
{
    const int Small = TrackingParser.MaxEventBytes,
        First = 4 * 1024;

    static readonly Problem NeedsHeader = Problem.TooLarge(
        "A body that holds the write key is larger than 32 KB.",
        "Send the write key in the Authorization header, or less at once."
    );
    static readonly Problem TooMany = Problem.TooMany("Too many bodies are being read.", 1);
    static readonly Problem TooSlow = Problem.TooSlow("The body did not come in time.", "Send the call again.");

    readonly BodyPlaces _keyless = new(settings, proxies, alarm),
        _large = new(settings, proxies, alarm);

    /// <param name="http">The call.</param>
    /// <param name="key">Of the header.</param>
    /// <param name="bound">Bytes that a call may have.</param>
    public async ValueTask<RequestBody> ReadAsync(HttpContext http, KeyKind key, int bound, CancellationToken cancel)
    {
        var announced = http.Request.ContentLength ?? 0;
        if (announced > bound)
            return new(TooLarge(bound));
        if (key == KeyKind.None)
        {
            if (announced > Small)
                return new(NeedsHeader);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            return await ReadAsync(http, key, (int)announced, Small, wait, cancel);
        }
        return await ReadAsync(http, key, (int)announced, bound, null, cancel);
    }

    async ValueTask<RequestBody> ReadAsync(
        HttpContext http,
        KeyKind key,
        int announced,
        int bound,
        CancellationTokenSource? wait,
        CancellationToken cancel
    )
    {
        BodyPlaces.Place? place = null;
        var began = Stopwatch.GetTimestamp();
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(announced + 1, 1024, First));
        var length = 0;
        Problem? problem = null;
        try
        {
            while (problem is null)
            {
                if (length == buffer.Length)
                    buffer = Larger(buffer);
                var reading = http.Request.Body.ReadAsync(buffer.AsMemory(length), wait?.Token ?? cancel);
                if (wait is not null && !reading.IsCompleted && place is null && (place = _keyless.Take(http)) is null)
                {
                    await BreakOffAsync(reading, wait);
                    return new(TooMany);
                }
                var read = await reading;
                if (read == 0)
                {
                    var body = new RequestBody(buffer, length, place);
                    (buffer, place) = (null!, null);
                    return body;
                }
                length += read;
                if (length > bound)
                    problem = key == KeyKind.None ? NeedsHeader : TooLarge(bound);
                else if (length > Small && key == KeyKind.Write && place is null && (place = _large.Take(http)) is null)
                    problem = TooMany;
                // A sender that is slower than the server's least rate is cut off by it, so that this comes to be asked.
                else if (Stopwatch.GetElapsedTime(began) > settings.BodyTimeout)
                    problem = TooSlow;
            }
            return new(problem);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
            place?.Dispose();
        }
    }

    /// <summary>Ends a read, so that its buffer is free.</summary>
    static async Task BreakOffAsync(ValueTask<int> reading, CancellationTokenSource wait)
    {
        await wait.CancelAsync();
        await ((Task)reading.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    static Problem TooLarge(int bound) =>
        Problem.TooLarge(
            $"The body is larger than {bound / 1024} KB.",
            bound == TrackingParser.MaxEventBytes ? "Send less with each event." : "Send smaller batches."
        );

    static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    public void Dispose()
    {
        _keyless.Dispose();
        _large.Dispose();
    }
}

using System.Buffers;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>A request's body in a pooled buffer, up to a bound.</summary>
readonly struct RequestBody : IDisposable
{
    readonly byte[]? _rented;

    RequestBody(byte[]? rented, int length, Problem? problem) =>
        (_rented, Bytes, Problem) = (rented, rented.AsMemory(0, length), problem);

    public ReadOnlyMemory<byte> Bytes { get; }
    public Problem? Problem { get; }

    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int bound, CancellationToken cancel)
    {
        var expected = request.ContentLength ?? 0;
        if (expected > bound)
            return TooLarge(bound);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(expected, 1024) + 1);
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
                buffer = Larger(buffer);
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0)
                return new RequestBody(buffer, length, null);
            length += read;
            if (length <= bound)
                continue;
            ArrayPool<byte>.Shared.Return(buffer);
            return TooLarge(bound);
        }
    }

    static RequestBody TooLarge(int bound) =>
        new(
            null,
            0,
            Problem.TooLarge(
                $"The body is larger than {bound / 1024} KB.",
                bound == TrackingParser.MaxEventBytes ? "Send less with each event." : "Send smaller batches."
            )
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
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
    }
}

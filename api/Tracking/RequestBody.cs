using System.Buffers;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>A request's body in a pooled buffer, or what is wrong with it.</summary>
public readonly struct RequestBody : IDisposable
{
    readonly byte[]? _rented;
    readonly IDisposable? _place;

    internal RequestBody(byte[] rented, int length, IDisposable? place) =>
        (_rented, Bytes, _place) = (rented, rented.AsMemory(0, length), place);

    internal RequestBody(Problem problem) => Problem = problem;

    public ReadOnlyMemory<byte> Bytes { get; }
    public Problem? Problem { get; }

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _place?.Dispose();
    }
}

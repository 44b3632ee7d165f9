using Personalization.Keys;
using Personalization.Recommendations;
using Personalization.Tracking;

namespace Personalization.Limits;

/// <summary>
/// Counts the claimed acts of a kind with a product that came from the same network lately, and knows the visitors that had done so
/// already. Two sketches of fixed size: who collides with a crowd is taken for one of it.
/// </summary>
public sealed class Crowds
{
    const int Cells = 1 << 16,
        Visitors = 1 << 20;
    const long HalfLife = 15 * 60_000,
        Hour = 4 * HalfLife;

    readonly Lock _lock = new();
    readonly int[][] _counts = [new int[Cells], new int[Cells]];
    readonly byte[] _seen = new byte[Visitors];
    long _halved = Environment.TickCount64,
        _forgotten = Environment.TickCount64;

    /// <summary>What <see cref="Events.Tracked.Crowd"/> is to say of a call.</summary>
    public byte Of(IncomingCall call)
    {
        if (call.Trust != Trust.Claimed || call.Lines.Length == 0 || !TrackedActs.IsAct(call.Kind))
            return 0;
        lock (_lock)
        {
            Forget(Environment.TickCount64);
            var (least, isRepeated) = (int.MaxValue, true);
            foreach (var line in call.Lines)
            {
                isRepeated &= SeenBefore((ulong)HashCode.Combine(1, call.AnonymousId ?? call.UserId, call.Kind, line.ProductId));
                least = Math.Min(least, Count(call.Network, call, line));
            }
            return isRepeated ? TrackedActs.Repeated : (byte)Math.Min(8 * MathF.Log2(1 + least), TrackedActs.Repeated - 1);
        }
    }

    /// <summary>How many there were before this one.</summary>
    int Count(ClientAddress network, IncomingCall call, IncomingLine line)
    {
        var first = (uint)HashCode.Combine(2, network, call.Kind, line.ProductId) % Cells;
        var second = (uint)HashCode.Combine(3, network, call.Kind, line.ProductId) % Cells;
        return Math.Min(_counts[0][first]++, _counts[1][second]++);
    }

    bool SeenBefore(ulong hash)
    {
        ref var cell = ref _seen[hash % Visitors];
        // Another visitor in the same cell is seldom of the same mark.
        var mark = (byte)(1 + (hash / Visitors % byte.MaxValue));
        if (cell == mark)
            return true;
        cell = mark;
        return false;
    }

    void Forget(long now)
    {
        if (now - _halved >= HalfLife)
        {
            _halved = now;
            foreach (var row in _counts)
                for (var i = 0; i < row.Length; i++)
                    row[i] /= 2;
        }
        if (now - _forgotten < Hour)
            return;
        _forgotten = now;
        Array.Clear(_seen);
    }
}

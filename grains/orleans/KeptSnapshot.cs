using System.Buffers.Binary;
using Orleans.Storage;

namespace Personalization.Grains;

/// <summary>
/// A customer's state as grain storage keeps it, discardable. That of somebody who told who they are, or whom the shop has
/// written to, is sealed with their own key; that of another visitor tells no more than the journal does in the clear, and needs no key to be read.
/// </summary>
public sealed record KeptSnapshot(int Version, bool IsSealed, byte[] Body)
{
    public static readonly KeptSnapshot None = new(0, false, []);

    public KeptSnapshot()
        : this(0, false, []) { }
}

/// <summary>A byte that tells whether it is sealed, four bytes of version, little-endian, then the bytes as they are.</summary>
public sealed class KeptSnapshotSerializer : IGrainStorageSerializer
{
    const int Head = 5;

    public BinaryData Serialize<T>(T? input)
    {
        var snapshot =
            input as KeptSnapshot ?? throw new NotSupportedException($"Only snapshots are kept here, not {typeof(T).Name}.");
        var bytes = new byte[Head + snapshot.Body.Length];
        bytes[0] = snapshot.IsSealed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), snapshot.Version);
        snapshot.Body.CopyTo(bytes, Head);
        return BinaryData.FromBytes(bytes);
    }

    /// <summary>Bytes that cannot be a snapshot are none: the customer is loaded from the journal.</summary>
    public T Deserialize<T>(BinaryData input)
    {
        var bytes = input.ToMemory().Span;
        var snapshot =
            bytes.Length < Head
                ? KeptSnapshot.None
                : new KeptSnapshot(BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]), bytes[0] != 0, bytes[Head..].ToArray());
        return (T)(object)snapshot;
    }
}

using System.Buffers.Binary;
using Orleans.Storage;

namespace Personalization.Grains;

/// <summary>A customer's state as grain storage keeps it: sealed with the customer's own key, discardable.</summary>
public sealed record SealedSnapshot(int Version, byte[] Body)
{
    public static readonly SealedSnapshot None = new(0, []);

    public SealedSnapshot() : this(0, []) { }
}

/// <summary>Four bytes of version, little-endian, then the sealed bytes as they are.</summary>
public sealed class SealedSnapshotSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input)
    {
        var snapshot = input as SealedSnapshot ?? throw new NotSupportedException($"Only snapshots are kept here, not {typeof(T).Name}.");
        var bytes = new byte[4 + snapshot.Body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, snapshot.Version);
        snapshot.Body.CopyTo(bytes, 4);
        return BinaryData.FromBytes(bytes);
    }

    /// <summary>Bytes that cannot be a snapshot are none: the customer is loaded from the journal.</summary>
    public T Deserialize<T>(BinaryData input)
    {
        var bytes = input.ToMemory().Span;
        var snapshot = bytes.Length < 4 ? SealedSnapshot.None : new SealedSnapshot(BinaryPrimitives.ReadInt32LittleEndian(bytes), bytes[4..].ToArray());
        return (T)(object)snapshot;
    }
}

using System.Buffers.Binary;
using Orleans.Storage;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>
/// Snapshots in grain storage, read only where the history is long enough to have one. Storage is called by name and not
/// through a persistent state: that would be read at every activation, also of visitors who have just come.
/// </summary>
public sealed partial class CustomerGrain
{
    /// <summary>Name of the grain storage that keeps snapshots.</summary>
    public const string Storage = "snapshots";

    const string StateName = "snapshot";

    /// <summary>Storage's version of the snapshot; null when none was read or written.</summary>
    string? _etag;

    async ValueTask<CustomerState?> ReadSnapshotAsync()
    {
        var kept = new GrainState<KeptSnapshot>(KeptSnapshot.None);
        try
        {
            await host.Snapshots.ReadStateAsync(StateName, this.GetGrainId(), kept);
        }
        catch (Exception unreadable)
        {
            // The journal has it all.
            Log.SnapshotUnreadable(host.Log, _customer.Number, unreadable.Message);
            return null;
        }
        _etag = kept.ETag;
        if (!kept.RecordExists || kept.State is not { Body.Length: > 0 } state)
            return null;
        Snapshot? snapshot = new(_customer.Number, state.Version, state.Body);
        try
        {
            if (state.IsSealed)
                snapshot = await host.Journal.UnsealSnapshotAsync(snapshot);
        }
        catch (InvalidDataException damaged)
        {
            Log.SnapshotUnreadable(host.Log, _customer.Number, damaged.Message);
            return null;
        }
        return snapshot is null ? null : SnapshotCodec.TryRead(snapshot.Body);
    }

    async Task SaveSnapshotAsync(Snapshot snapshot, CancellationToken cancel)
    {
        var isPersonal = _customer.Customer!.State is { Profile: not null } or { Outreach.IsEmpty: false };
        if ((isPersonal ? await host.Journal.SealSnapshotAsync(snapshot, cancel) : snapshot) is not { } kept)
            return;
        var state = new GrainState<KeptSnapshot>(new KeptSnapshot(kept.Version, isPersonal, kept.Body), _etag);
        await host.Snapshots.WriteStateAsync(StateName, this.GetGrainId(), state);
    }

    async ValueTask<int> ClearSnapshotAsync()
    {
        var kept = new GrainState<KeptSnapshot>(KeptSnapshot.None);
        await host.Snapshots.ReadStateAsync(StateName, this.GetGrainId(), kept);
        if (!kept.RecordExists)
            return 0;
        await host.Snapshots.ClearStateAsync(StateName, this.GetGrainId(), kept);
        _etag = kept.ETag;
        return 1;
    }
}

/// <summary>
/// A customer's state as grain storage keeps it, discardable. That of a person with a profile, or whom the shop has
/// written to, is sealed with their own key; that of another visitor tells no more than the journal does in the clear.
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

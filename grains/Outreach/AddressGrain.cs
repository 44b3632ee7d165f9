using Orleans.Storage;
using Personalization.Journal;

namespace Personalization.Outreach;

/// <summary>Keeps a <see cref="Mailbox"/>: a call changes it, and is answered when that is durable.</summary>
[GrainType("address")]
public sealed class AddressGrain([PersistentState("mailbox", AddressGrain.Storage)] IPersistentState<KeptMailbox> kept)
    : Grain,
        IAddressGrain
{
    /// <summary>Name of the grain storage that keeps addresses: unlike that of snapshots it must never lose anything.</summary>
    public const string Storage = "addresses";

    Mailbox _mailbox = new();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (kept is { RecordExists: true, State.Bytes.Length: > 0 })
            _mailbox = Mailbox.Of(kept.State.Bytes);
        return Task.CompletedTask;
    }

    public ValueTask<Mailbox> ReadAsync() => new(_mailbox);

    public async ValueTask RecordAsync(AddressFact fact)
    {
        _mailbox.Record(fact);
        await SaveAsync();
    }

    public async ValueTask<bool> AskAsync(OptInRequest request)
    {
        if (!_mailbox.Ask(request))
            return false;
        await SaveAsync();
        return true;
    }

    public async ValueTask<Mailbox> ReserveAsync(Guid message, string playbook, long now)
    {
        _mailbox.Reserve(message, playbook, now);
        await SaveAsync();
        return _mailbox;
    }

    public async ValueTask ReleaseAsync(Guid message, string playbook, long now)
    {
        _mailbox.Release(message, playbook, now);
        await SaveAsync();
    }

    public async ValueTask<bool> ForgetAsync()
    {
        _mailbox.Forget();
        await SaveAsync();
        return !_mailbox.IsEmpty;
    }

    /// <summary>Where nothing was kept or it is not known, what is in memory is dropped with this activation.</summary>
    /// <exception cref="StoreUnavailableException">It was not written.</exception>
    async Task SaveAsync()
    {
        try
        {
            if (!_mailbox.IsEmpty)
            {
                kept.State = new KeptMailbox { Bytes = _mailbox.ToBytes() };
                await kept.WriteStateAsync();
            }
            else if (kept.RecordExists)
                await kept.ClearStateAsync();
        }
        catch (Exception error)
        {
            DeactivateOnIdle();
            throw new StoreUnavailableException("What an address said cannot be written now; send the call again.", error);
        }
    }
}

/// <summary>A mailbox as it is kept and as it travels between silos.</summary>
[GenerateSerializer, Alias("kept-mailbox")]
public struct KeptMailbox
{
    [Id(0)]
    public byte[] Bytes;
}

/// <summary>The bytes, sealed, as there are topics in them that anybody may have written. They name their own format.</summary>
public sealed class KeptMailboxSerializer(AddressKeys keys) : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) =>
        input is KeptMailbox { Bytes: { } bytes }
            ? BinaryData.FromBytes(keys.Seal(bytes))
            : throw new NotSupportedException($"Only mailboxes are kept here, not {typeof(T).Name}.");

    public T Deserialize<T>(BinaryData input) => (T)(object)new KeptMailbox { Bytes = keys.Unseal(input.ToMemory().Span) };
}

/// <summary>Answers carry a copy: what a grain holds stays its own.</summary>
[RegisterConverter]
public sealed class MailboxOfGrain : IConverter<Mailbox, KeptMailbox>
{
    public Mailbox ConvertFromSurrogate(in KeptMailbox surrogate) => Mailbox.Of(surrogate.Bytes);

    public KeptMailbox ConvertToSurrogate(in Mailbox value) => new() { Bytes = value.ToBytes() };
}

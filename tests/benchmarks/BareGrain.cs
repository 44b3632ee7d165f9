using Personalization.Customers;

namespace Personalization.Benchmarks;

/// <summary>A grain that has state of the size of a customer's snapshot, and does nothing.</summary>
public interface IBareGrain : IGrainWithIntegerKey
{
    /// <summary>The length of its state.</summary>
    ValueTask<int> PingAsync();

    ValueTask SaveAsync(int bytes);
}

/// <summary>The least that Orleans asks for.</summary>
public sealed class BareGrain([PersistentState("state", CustomerGrain.Storage)] IPersistentState<KeptSnapshot> state)
    : Grain,
        IBareGrain
{
    public ValueTask<int> PingAsync() => new(state.State.Body.Length);

    public async ValueTask SaveAsync(int bytes)
    {
        state.State = new KeptSnapshot(1, false, new byte[bytes]);
        await state.WriteStateAsync();
    }
}

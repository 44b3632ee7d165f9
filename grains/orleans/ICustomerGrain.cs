using Orleans.Concurrency;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Grains;

/// <summary>
/// A customer as a grain; its key is the customer's number. A call is a turn, as of <see cref="ICustomers"/>, but a customer
/// that was joined into another answers with its number instead of forwarding: no grain waits for another one.
/// </summary>
public interface ICustomerGrain : IGrainWithIntegerKey
{
    ValueTask<Reply<Recorded>> RecordAsync(RecordRequest request);
    ValueTask<Reply<CustomerView>> ReadAsync();
    ValueTask<Reply<Recommended>> RecommendAsync(RecommendationQuery query);
    ValueTask<Reply<Bundle>> BundleAsync(RecommendationQuery query, decimal budget);
    ValueTask<Reply<DryRun>> DryRunAsync(string playbook);
    ValueTask WakeAsync(long at);
    ValueTask<Reply<bool>> ChangeConsentAsync(ConsentChanged change);
    ValueTask<Reply<bool>> HideAsync(NeverShow change);

    /// <param name="warning">Which.</param>
    /// <param name="outcome">A <see cref="WarningOutcome"/>.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="note">Why, in their words.</param>
    ValueTask<Reply<bool>> CloseWarningAsync(Guid warning, byte outcome, string by, string? note);

    ValueTask<Reply<LetterDraft?>> HandOverAsync(Guid message);

    /// <summary>The customer that this one was joined into, 0 for none.</summary>
    ValueTask<long> ForwardsToAsync();

    /// <summary>Absorbs another customer.</summary>
    /// <returns>A <see cref="JoinOutcome"/>, or null when one of the two has been joined elsewhere: look again.</returns>
    ValueTask<byte?> JoinAsync(long source, string? by);

    /// <summary>Gives an absorbed customer back.</summary>
    ValueTask<bool> SplitAsync(long source, string by);

    /// <summary>Ends the history, and removes the snapshot. The store's own erasure comes after.</summary>
    ValueTask EraseAsync(string by);

    /// <summary>Its journal has grown by another's turn: loads again before the next turn. Never waits for the turn that runs.</summary>
    [AlwaysInterleave]
    ValueTask ReloadAsync();
}

/// <summary>A customer's answer, or the number of the customer it was joined into: ask that one.</summary>
[GenerateSerializer, Immutable]
public readonly record struct Reply<T>([property: Id(0)] long ForwardedTo, [property: Id(1)] T Value)
{
    public static implicit operator Reply<T>(T value) => new(0, value);
}

using Orleans.Concurrency;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// A customer; its key is the customer's number. A call is a turn: turns of one customer never overlap, and what a turn
/// answers has been committed. A call to a customer that was merged into another is answered by that one: the caller's
/// silo asks again there (see CustomerCallFilter), so that no grain ever waits for another.
/// </summary>
[Alias(CustomerGrains.Name), GrainInterfaceType(CustomerGrains.Name)]
public interface ICustomerGrain : IGrainWithIntegerKey
{
    /// <summary>Takes in events, oldest first; durable when it returns. An event sent before (same message) is answered as a duplicate.</summary>
    /// <exception cref="CustomerErasedException">Nothing more can be recorded for this customer.</exception>
    [Alias("record"), Idempotent(true)]
    ValueTask<Recorded> RecordAsync(RecordRequest request);

    /// <summary>The customer as it is now; never creates one.</summary>
    [Alias("read"), Idempotent(true)]
    ValueTask<CustomerView> ReadAsync();

    [Alias("recommend"), Idempotent(true)]
    ValueTask<Recommended> RecommendAsync(RecommendationQuery query);

    /// <summary>Products that go together with the query's product, or with the customer's cart, within a budget.</summary>
    [Alias("bundle"), Idempotent(true)]
    ValueTask<Bundle> BundleAsync(RecommendationQuery query, decimal budget);

    /// <summary>Lets the customer decide what time alone has brought: the visit's end, a risk that crossed its threshold, a cart left.</summary>
    /// <param name="at">The time it is woken for, Unix milliseconds; a customer looked at as of its own days lives at that time, otherwise now.</param>
    [Alias("wake"), Idempotent(true)]
    ValueTask WakeAsync(long at);

    /// <summary>What a playbook would do for this customer now; nothing is changed or sent.</summary>
    [Alias("dry-run"), Idempotent(true)]
    ValueTask<DryRun> DryRunAsync(string playbook);

    /// <summary>Checks a queued message once more and records it as dispatched, or withholds it.</summary>
    /// <returns>What the message is made of, or null when it is withheld or no longer queued.</returns>
    [Alias("dispatch"), Idempotent(false)]
    ValueTask<MessageDraft?> DispatchAsync(Guid message);

    /// <summary>What is withdrawn here is durable for the customer's address, on whatever profile, when it returns.</summary>
    /// <returns>False when the person has been erased: nothing is recorded any more.</returns>
    [Alias("change-consent"), Idempotent(true)]
    ValueTask<bool> ChangeConsentAsync(ConsentChanged change);

    /// <summary>The owner of an address confirms a subscription.</summary>
    /// <param name="change">The consent, with the name that asked for it.</param>
    /// <param name="address">The address that was asked, by its key.</param>
    /// <returns>False when the customer has another address by now, or has been erased: nothing is recorded.</returns>
    [Alias("confirm-consent"), Idempotent(true)]
    ValueTask<bool> ConfirmConsentAsync(ConsentChanged change, string address);

    /// <summary>How much is kept of what the customer does from now on.</summary>
    [Alias("change-tracking"), Idempotent(true)]
    ValueTask ChangeTrackingAsync(TrackingChanged change);

    /// <summary>Hides a product from this customer for good, or shows it again.</summary>
    [Alias("hide"), Idempotent(true)]
    ValueTask HideAsync(NeverShow change);

    /// <summary>A marketer's word on a warning.</summary>
    /// <param name="warning">Which.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="note">Why, in their words.</param>
    /// <returns>False when there is no such warning open.</returns>
    [Alias("close-warning"), Idempotent(false)]
    ValueTask<bool> CloseWarningAsync(Guid warning, WarningOutcome outcome, string by, string? note);

    /// <summary>Absorbs another customer's history, in one transaction under both versions.</summary>
    [Alias("merge"), Idempotent(true)]
    ValueTask<MergeOutcome> MergeAsync(long source, string? by);

    /// <summary>
    /// Absorbs the history of a visitor whom a call has identified; <see cref="MergeOutcome.NamesMoved"/> where the names are no longer
    /// as the call saw them.
    /// </summary>
    [Alias("join"), Idempotent(true)]
    ValueTask<MergeOutcome> JoinAsync(long source, Join join);

    /// <summary>Undoes a merge: what the source brought and what came in under its names since goes back to it.</summary>
    /// <returns>False when this customer never absorbed the source, or has given it back.</returns>
    [Alias("unmerge"), Idempotent(false)]
    ValueTask<bool> UnmergeAsync(long source, string by);

    /// <summary>Ends the history, and removes the snapshot. The store's own erasure comes after.</summary>
    /// <returns>Snapshots removed.</returns>
    [Alias("erase"), Idempotent(true)]
    ValueTask<int> EraseAsync(string by);

    /// <summary>Its journal has grown by another's turn: loads again before the next turn. Never waits for the turn that runs.</summary>
    [Alias("reload"), Idempotent(true), AlwaysInterleave]
    ValueTask ReloadAsync();
}

/// <summary>
/// Whether a call whose answer was lost with a silo may be made once more: made twice, it does what made once it does. Every
/// method of a grain says one or the other.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IdempotentAttribute(bool isIdempotent) : Attribute
{
    public bool IsIdempotent => isIdempotent;
}

/// <summary>The customer asked for was merged into another, which answers for it.</summary>
[GenerateSerializer, Alias("customer-merged")]
public sealed class CustomerMergedException(long into) : Exception($"The customer was merged into {into}.")
{
    /// <summary>The number of the customer that absorbed this one.</summary>
    [Id(0)]
    public long Into { get; } = into;
}

namespace Personalization.Customers;

/// <summary>The person asked to be forgotten; nothing more can be recorded for that customer.</summary>
[GenerateSerializer, Alias("customer-erased")]
public sealed class CustomerErasedException(long customer) : Exception($"Customer {customer} has been erased.");

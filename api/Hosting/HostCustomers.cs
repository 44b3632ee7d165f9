namespace Personalization.Hosting;

/// <summary>
/// Adds what hosts a shop's customers: <see cref="Customers.ICustomers"/>, <see cref="ResidentCustomers"/>, and the hosted
/// services that these need. They start before, and stop after, everything that calls customers.
/// </summary>
public delegate void HostCustomers(WebApplicationBuilder builder, OpenShop open, ServerOptions options);

/// <summary>How many customers this process has in memory, and about how many bytes they take; null where that is not known.</summary>
public sealed record ResidentCustomers(Func<(int Count, long? Bytes)> Now);

namespace Personalization.Customers;

/// <summary>References to customers. What <c>GetGrain</c> looks up by reflection at every call is constant here: a tenth of a tracked event.</summary>
public static class CustomerGrains
{
    /// <summary>Names of the grain and of its interface in the cluster: kept for ever, also by snapshots.</summary>
    internal const string Name = "customer";

    static readonly GrainType Type = GrainType.Create(Name);
    static readonly GrainInterfaceType Interface = GrainInterfaceType.Create(Name);

    /// <summary>The customer of a number, in memory or not, existing or not.</summary>
    public static ICustomerGrain Customer(this IGrainFactory grains, long number) =>
        (ICustomerGrain)grains.GetGrain(GrainId.Create(Type, GrainIdKeyExtensions.CreateIntegerKey(number)), Interface);
}

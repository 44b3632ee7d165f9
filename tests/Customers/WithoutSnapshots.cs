using System.Reflection;
using Personalization.Journal;
using Personalization.Storage;

namespace Personalization.Tests.Customers;

/// <summary>A store in which no snapshot is ever found; everything else is the store's below.</summary>
public class WithoutSnapshots : DispatchProxy
{
    IStore below = null!;

    public static IStore Over(IStore store)
    {
        var proxy = Create<IStore, WithoutSnapshots>();
        ((WithoutSnapshots)(object)proxy).below = store;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? method, object?[]? arguments)
    {
        if (method!.Name == nameof(IStore.ReadCustomerAsync))
            arguments![1] = false;
        return method.Invoke(below, arguments);
    }
}

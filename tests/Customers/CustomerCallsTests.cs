using System.Reflection;
using Orleans.Serialization.Invocation;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>What happens on the caller's side of a call to a customer.</summary>
public sealed class CustomerCallsTests
{
    public interface IUndecided
    {
        ValueTask SomethingAsync();
    }

    [Fact]
    public void Every_call_says_whether_it_may_be_made_twice()
    {
        foreach (var method in typeof(ICustomerGrain).GetMethods())
            method.GetCustomAttribute<IdempotentAttribute>().ShouldNotBeNull(method.Name);
        Should.Throw<InvalidOperationException>(() => CustomerCallFilter.IsIdempotent(typeof(IUndecided).GetMethods()[0]));
    }

    [Fact]
    public async Task What_a_customer_throws_is_not_a_lost_silo()
    {
        var calls = 0;
        var method = typeof(ICustomerGrain).GetMethod(nameof(ICustomerGrain.ReadAsync))!;
        await Should.ThrowAsync<CustomerErasedException>(() => new CustomerCallFilter(NoServices).Invoke(Context(method, () =>
                {
                    calls++;
                    throw new CustomerErasedException(7);
                })));
        calls.ShouldBe(1);
    }

    [Fact]
    public async Task Calls_to_other_grains_pass_as_they_are()
    {
        var calls = 0;
        await Should.ThrowAsync<SiloUnavailableException>(() =>
            new CustomerCallFilter(NoServices).Invoke(Context(typeof(IUndecided).GetMethods()[0], () =>
                {
                    calls++;
                    throw new SiloUnavailableException();
                }))
        );
        calls.ShouldBe(1);
    }

    static IServiceProvider NoServices => Fake.Of<IServiceProvider>((_, _) => throw new NotSupportedException());

    static IOutgoingGrainCallContext Context(MethodInfo called, Func<object?> call)
    {
        var request = Fake.Of<IInvokable>(
            (method, _) =>
                method.Name switch
                {
                    nameof(IInvokable.GetInterfaceType) => called.DeclaringType,
                    nameof(IInvokable.GetArgumentCount) => 0,
                    _ => throw new NotSupportedException(method.Name),
                }
        );
        return Fake.Of<IOutgoingGrainCallContext>(
            (method, _) =>
                method.Name switch
                {
                    "get_Request" => request,
                    "get_InterfaceMethod" => called,
                    "get_TargetId" => default(GrainId),
                    nameof(IGrainCallContext.Invoke) => Called(call),
                    _ => throw new NotSupportedException(method.Name),
                }
        );
    }

    static async Task Called(Func<object?> call)
    {
        await Task.Yield();
        call();
    }
}

using System.Reflection;
using Orleans.Serialization.Invocation;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
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
    public async Task While_a_silo_is_lost_only_idempotent_calls_are_made_again()
    {
        foreach (var method in typeof(ICustomerGrain).GetMethods())
        {
            var (filter, isIdempotent) = (new CustomerCallFilter(NoServices), CustomerCallFilter.IsIdempotent(method));
            var calls = 0;
            Task CallAsync() => filter.Invoke(Context(method, () => ++calls == 1 ? throw new SiloUnavailableException() : null));
            if (isIdempotent)
                await CallAsync();
            else
                await Should.ThrowAsync<StoreUnavailableException>(CallAsync);
            calls.ShouldBe(isIdempotent ? 2 : 1, method.Name);
        }
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

    const string Argument = "asked";

    static IServiceProvider NoServices => Fake.Of<IServiceProvider>((_, _) => throw new NotSupportedException());

    static IOutgoingGrainCallContext Context(MethodInfo called, Func<object?> call)
    {
        object? argument = Argument;
        var request = Fake.Of<IInvokable>(
            (method, arguments) =>
                method.Name switch
                {
                    nameof(IInvokable.GetInterfaceType) => called.DeclaringType,
                    nameof(IInvokable.GetArgumentCount) => 1,
                    nameof(IInvokable.GetArgument) => argument,
                    nameof(IInvokable.SetArgument) => argument = arguments[1],
                    _ => throw new NotSupportedException(method.Name),
                }
        );
        return Fake.Of<IOutgoingGrainCallContext>(
            (method, _) =>
                method.Name switch
                {
                    "get_Request" => request,
                    "get_InterfaceMethod" => called,
                    nameof(IGrainCallContext.Invoke) => CalledAsync(),
                    _ => throw new NotSupportedException(method.Name),
                }
        );

        // As a silo does: a request that has been run is empty.
        async Task CalledAsync()
        {
            await Task.Yield();
            argument.ShouldBe(Argument);
            argument = null;
            call();
        }
    }
}

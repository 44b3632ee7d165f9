using System.Diagnostics;
using System.Reflection;
using Orleans.Serialization.Invocation;
using Personalization.Customers;
using Personalization.Journal;

namespace Personalization.Hosting;

/// <summary>
/// What every call to a customer needs on the caller's side. A customer that was merged into another answers with that one's
/// number, and the call goes there: no grain holds its turn while another works, so none can wait in a circle. While the
/// silo of a customer is lost and the cluster has not yet noticed, an idempotent call is made again.
/// </summary>
public sealed class CustomerCallFilter(IServiceProvider services) : IOutgoingGrainCallFilter
{
    /// <summary>How long a caller waits for a cluster that is settling.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>More than so many merges in a row do not happen: a call goes round in a circle.</summary>
    const int MaxHops = 16;

    /// <summary>Marks, in the call's context, what this filter sends itself.</summary>
    const string IsSentOn = "customer-call-sent-on";

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.Request.GetInterfaceType() != typeof(ICustomerGrain))
            return context.Invoke();
        return RequestContext.Remove(IsSentOn) ? context.Invoke() : CallAsync(context);
    }

    async Task CallAsync(IOutgoingGrainCallContext context)
    {
        var started = Stopwatch.GetTimestamp();
        // A silo that has run a request empties it, also where it answered by an exception.
        var arguments = ArgumentsOf(context.Request);
        var (target, hops, isFirst) = (context.TargetId, 0, true);
        while (true)
            try
            {
                if (isFirst)
                    await context.Invoke();
                else
                    context.Response = await SendAsync(target, context.Request.GetType(), arguments);
                return;
            }
            catch (CustomerMergedException merged)
            {
                if (++hops > MaxHops)
                    throw new StoreUnavailableException("The customers of this call kept merging; send it again.");
                // A grain that has not heard of an unmerge sends the call round in a circle, until it loads again.
                if (hops > MaxHops / 2)
                    await Grains.Customer(target.GetIntegerKey()).ReloadAsync();
                (target, isFirst) = (Grains.Customer(merged.Into).GetGrainId(), false);
            }
            catch (Exception lost) when (lost is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException)
            {
                if (!IsIdempotent(context.InterfaceMethod) || Stopwatch.GetElapsedTime(started) > Patience)
                    throw new StoreUnavailableException(
                        "The silo of this customer cannot be reached now; the cluster is finding another.",
                        lost
                    );
                await Task.Delay(Pause);
                isFirst = false;
            }
    }

    IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    /// <summary>The same call once more, as a request of its own: the one before may still be on its way.</summary>
    async Task<Response> SendAsync(GrainId target, Type type, object?[] arguments)
    {
        var request = (IInvokable)Activator.CreateInstance(type)!;
        for (var i = 0; i < arguments.Length; i++)
            request.SetArgument(i, arguments[i]!);
        var grain = (GrainReference)Grains.Customer(target.GetIntegerKey());
        RequestContext.Set(IsSentOn, true);
        return Response.FromResult(
            await services.GetRequiredService<IGrainReferenceRuntime>().InvokeMethodAsync<object>(grain, request, default)
        );
    }

    static object?[] ArgumentsOf(IInvokable request)
    {
        var arguments = request.GetArgumentCount() == 0 ? [] : new object?[request.GetArgumentCount()];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = request.GetArgument(i);
        return arguments;
    }

    /// <exception cref="InvalidOperationException">The method does not say whether it is.</exception>
    public static bool IsIdempotent(MethodInfo method) =>
        method.GetCustomAttribute<IdempotentAttribute>()?.IsIdempotent
        ?? throw new InvalidOperationException($"{method.Name} of {nameof(ICustomerGrain)} must say whether it is idempotent.");
}

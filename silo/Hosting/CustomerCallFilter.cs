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

    /// <summary>How often a call was sent on, in the call's context; more than so many merges in a row do not happen.</summary>
    const string Hops = "merge hops";
    const int MaxHops = 16;

    public Task Invoke(IOutgoingGrainCallContext context) =>
        context.Request.GetInterfaceType() == typeof(ICustomerGrain) ? CallAsync(context) : context.Invoke();

    async Task CallAsync(IOutgoingGrainCallContext context)
    {
        var started = Stopwatch.GetTimestamp();
        // A silo that has run a request empties it, also where it answered by an exception.
        var arguments = ArgumentsOf(context.Request);
        while (true)
            try
            {
                await context.Invoke();
                return;
            }
            catch (CustomerMergedException merged)
            {
                context.Response = await FollowAsync(context, merged.Into, arguments);
                return;
            }
            catch (Exception lost) when (lost is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException)
            {
                if (!IsIdempotent(context.InterfaceMethod) || Stopwatch.GetElapsedTime(started) > Patience)
                    throw new StoreUnavailableException(
                        "The silo of this customer cannot be reached now; the cluster is finding another.",
                        lost
                    );
                await Task.Delay(Pause);
                Fill(context.Request, arguments);
            }
    }

    /// <summary>
    /// The same request at the customer that absorbed the one asked; that may have been merged in turn, and comes here again. A
    /// grain that has not yet heard of an unmerge could send the call round in a circle: it is told to load again.
    /// </summary>
    async Task<Response> FollowAsync(IOutgoingGrainCallContext context, long into, object?[] arguments)
    {
        var hops = RequestContext.Get(Hops) as int? ?? 0;
        if (hops == MaxHops)
            throw new StoreUnavailableException("The customers of this call kept merging; send it again.");
        var grains = services.GetRequiredService<IGrainFactory>();
        if (hops >= MaxHops / 2)
            await grains.Customer(context.TargetId.GetIntegerKey()).ReloadAsync();
        var request = (IInvokable)Activator.CreateInstance(context.Request.GetType())!;
        Fill(request, arguments);
        RequestContext.Set(Hops, hops + 1);
        try
        {
            var runtime = services.GetRequiredService<IGrainReferenceRuntime>();
            var target = (GrainReference)grains.Customer(into);
            return Response.FromResult(await runtime.InvokeMethodAsync<object>(target, request, default));
        }
        finally
        {
            RequestContext.Set(Hops, hops);
        }
    }

    static object?[] ArgumentsOf(IInvokable request)
    {
        var arguments = request.GetArgumentCount() == 0 ? [] : new object?[request.GetArgumentCount()];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = request.GetArgument(i);
        return arguments;
    }

    static void Fill(IInvokable request, object?[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
            request.SetArgument(i, arguments[i]!);
    }

    /// <exception cref="InvalidOperationException">The method does not say whether it is.</exception>
    public static bool IsIdempotent(MethodInfo method) =>
        method.GetCustomAttribute<IdempotentAttribute>()?.IsIdempotent
        ?? throw new InvalidOperationException($"{method.Name} of {nameof(ICustomerGrain)} must say whether it is idempotent.");
}

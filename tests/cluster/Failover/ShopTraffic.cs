using System.Collections.Concurrent;
using System.Diagnostics;
using Personalization.Support;

namespace Personalization.Tests.Cluster.Failover;

/// <summary>A call as a shop makes it: to one silo after another until one acknowledges it.</summary>
/// <param name="Began">Milliseconds since the traffic began.</param>
/// <param name="Took">Milliseconds from the first try to the acknowledgement.</param>
/// <param name="Failed">Tries that failed at a silo that was said to be ready.</param>
/// <param name="Via">The silo that was tried first.</param>
readonly record struct Call(int Customer, long Began, double Took, int Failed, string Via);

/// <summary>
/// Customers that track one event after another, through all silos that a load balancer would use: it asks each every 200
/// milliseconds whether it is ready, and offers a call that failed to the next.
/// </summary>
sealed class ShopTraffic : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, ChildServer> _silos = new();
    readonly ConcurrentBag<Call> _calls = [];
    readonly ConcurrentDictionary<int, int> _acknowledged = new();
    readonly CancellationTokenSource _over = new();
    readonly long _began = Stopwatch.GetTimestamp();
    readonly int _customers;
    readonly Task[] _work;
    int _turn;

    public ShopTraffic(IEnumerable<ChildServer> first, int customers, int workers)
    {
        foreach (var silo in first)
            Add(silo);
        _customers = customers;
        _work = [LookAsync(), .. Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(worker, workers)))];
    }

    public long Now => (long)Stopwatch.GetElapsedTime(_began).TotalMilliseconds;
    public IReadOnlyCollection<Call> Calls => _calls;
    public IReadOnlyDictionary<int, int> Acknowledged => _acknowledged;

    public void Add(ChildServer silo) => _silos[silo.Name] = silo;

    public void Remove(ChildServer silo) => _silos.TryRemove(silo.Name, out _);

    async Task LookAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            await Task.WhenAll(_silos.Values.Select(silo => silo.LookAsync()));
            await Task.Delay(200);
        }
    }

    /// <summary>Waits until so many more calls have been acknowledged.</summary>
    public Task MoreAsync(int count)
    {
        var enough = _calls.Count + count;
        return UntilAsync(() => _calls.Count >= enough);
    }

    /// <summary>Waits for something that the calls bring about.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            if (_work.FirstOrDefault(one => one.IsCompleted) is { } broken)
                await broken;
            await Task.Delay(20);
        }
    }

    /// <summary>Each worker has customers of its own, so that a customer's calls follow each other.</summary>
    async Task WorkAsync(int worker, int workers)
    {
        for (var i = 0; !_over.IsCancellationRequested; i++)
        {
            var customer = worker + workers * (i % (_customers / workers));
            await TrackAsync(customer, $"{worker}-{i}");
        }
    }

    async Task TrackAsync(int customer, string message)
    {
        var call =
            $$"""{"userId":"c{{customer}}","messageId":"{{message}}","event":"Product Viewed","properties":{"product_id":"p{{customer % 9}}"} }""";
        var (at, started, failed) = (Now, Stopwatch.GetTimestamp(), 0);
        string? via = null;
        while (true)
        {
            var ready = _silos.Values.Where(silo => silo.IsReady).OrderBy(silo => silo.Name).ToList();
            if (ready.Count == 0)
            {
                await Task.Delay(20);
                continue;
            }
            var silo = ready[(int)((uint)Interlocked.Increment(ref _turn) % ready.Count)];
            via ??= silo.Name;
            try
            {
                await silo.PostAsync("/v1/track", call);
                _acknowledged.AddOrUpdate(customer, 1, (_, count) => count + 1);
                _calls.Add(new Call(customer, at, Stopwatch.GetElapsedTime(started).TotalMilliseconds, failed, via));
                return;
            }
            catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException)
            {
                // The shop sends it again under the same message id.
                failed++;
                if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                    throw new TimeoutException($"Customer {customer} has not been served for a minute.", problem);
                await Task.Delay(20);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await Task.WhenAll(_work);
        _over.Dispose();
    }
}

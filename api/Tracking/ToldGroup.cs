using Personalization.Catalogue;

namespace Personalization.Tracking;

/// <summary>
/// What events tell of products, on its way into the catalogue. The catalogue takes one change at a time, durably: what
/// comes while it is busy goes in together, so that a shop that is new here waits for a few writes and not for one a product.
/// </summary>
sealed class ToldGroup(CatalogueService catalogue) : IDisposable
{
    readonly SemaphoreSlim writing = new(1);
    readonly List<(int Number, ProductPatch Patch)> waiting = [];

    /// <summary>Fills what the catalogue lacks. Where writing fails only one of those who wait learns of it: the next event tells it again.</summary>
    public async ValueTask FillAsync(IncomingCall call, int[] numbers, CancellationToken cancel)
    {
        if (!Wait(call, numbers)) return;
        await writing.WaitAsync(cancel);
        try
        {
            if (Take() is { Length: > 0 } group) await catalogue.FillAsync(group, cancel);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Puts in line what is news; false when nothing is.</summary>
    bool Wait(IncomingCall call, int[] numbers)
    {
        var news = false;
        foreach (var (number, patch) in ToldProducts.Of(call, numbers))
        {
            if (catalogue.Products[number] is not { } product || ReferenceEquals(patch.Fill(product), product)) continue;
            lock (waiting) waiting.Add((number, patch));
            news = true;
        }
        return news;
    }

    (int, ProductPatch)[] Take()
    {
        lock (waiting)
        {
            var group = waiting.ToArray();
            waiting.Clear();
            return group;
        }
    }

    public void Dispose() => writing.Dispose();
}

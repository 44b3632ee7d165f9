using System.Diagnostics;
using Personalization.Journal;

namespace Personalization.Catalogue;

/// <summary>The shop's products: numbers for ids, changes made durable before they are seen, and what events tell filled in.</summary>
public sealed class CatalogueService(IProducts store, ProductCatalogue catalogue, bool isShared = false) : IDisposable
{
    const int Page = 5000;
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20),
        Patience = TimeSpan.FromSeconds(6);

    /// <summary>One writer: the in-memory catalogue has many readers and takes one change at a time.</summary>
    readonly SemaphoreSlim _writing = new(1);
    readonly Guid _process = Guid.NewGuid();
    long _change;

    public ProductCatalogue Products => catalogue;

    /// <summary>Whether other processes change it too.</summary>
    public bool IsShared => isShared;

    /// <summary>Reads what the store has and this process has not seen: all of it at the start, later what other processes changed.</summary>
    public async Task<int> CatchUpAsync(CancellationToken cancel = default)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            var read = 0;
            while (true)
            {
                var rows = await store.ReadProductsAsync(_change, Page, cancel);
                foreach (var row in rows)
                {
                    catalogue.Apply(ProductJson.Read(row.Number, row.Id, row.Body));
                    _change = row.Change;
                }
                read += rows.Count;
                if (rows.Count < Page)
                    return read;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Tells the other processes how far this one is; at its end, that it serves no more.</summary>
    public ValueTask ReportAsync(bool serves, CancellationToken cancel = default) =>
        store.ReportAppliedAsync(_process, serves ? Interlocked.Read(ref _change) : null, cancel);

    /// <summary>The newest change that this process has applied.</summary>
    public long Applied => Interlocked.Read(ref _change);

    /// <summary>The numbers of these ids, in order; a product met for the first time gets one.</summary>
    /// <param name="ids">The shop's ids.</param>
    /// <param name="standing">
    /// <see cref="ProductStanding.Named"/> where the shop says that there are such products, which also makes those its own that only
    /// visitors had named; otherwise <see cref="ProductStanding.Claimed"/>.
    /// </param>
    /// <param name="cancel">Cancels the writing.</param>
    public ValueTask<int[]> NumbersAsync(
        IReadOnlyList<string> ids,
        ProductStanding standing = ProductStanding.Named,
        CancellationToken cancel = default
    )
    {
        var numbers = new int[ids.Count];
        for (var i = 0; i < numbers.Length; i++)
            if (
                !catalogue.TryNumber(ids[i], out numbers[i])
                || (standing == ProductStanding.Named && catalogue[numbers[i]]!.Standing == ProductStanding.Claimed)
            )
                return new ValueTask<int[]>(AssignAsync(ids, standing, cancel));
        return new ValueTask<int[]>(numbers);
    }

    /// <summary>Fills what the catalogue lacks of products from what events say of them. What it has stays.</summary>
    public async ValueTask FillAsync(IEnumerable<(int Number, ProductPatch Patch)> told, CancellationToken cancel = default)
    {
        List<(int, ProductPatch)>? news = null;
        foreach (var (number, patch) in told)
            if (catalogue[number] is { } product && !ReferenceEquals(patch.Fill(product), product))
                (news ??= []).Add((number, patch));
        if (news is not null)
            await ChangeAsync(news, static (patch, product) => patch.Fill(product), cancel);
    }

    /// <summary>Takes over what a feed or a person says: given fields replace, absent ones stay. Seen by every answer of every process when it returns.</summary>
    public async Task UpsertAsync(IReadOnlyList<(string Id, ProductPatch Patch)> rows, CancellationToken cancel = default)
    {
        var numbers = await NumbersAsync(rows.Select(row => row.Id).ToList(), ProductStanding.Named, cancel);
        var saved = await ChangeAsync(
            rows.Select((row, i) => (numbers[i], row.Patch)).ToList(),
            static (patch, product) => patch.ApplyTo(product),
            cancel
        );
        if (isShared && saved > 0)
            await WaitEverywhereAsync(saved, cancel);
    }

    /// <summary>Takes a product out: gone from every answer of every process when it returns. Its number and what customers did with it stay.</summary>
    /// <returns>False where there is no such product.</returns>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancel = default)
    {
        if (!catalogue.TryNumber(id, out var number) || catalogue[number]!.Standing == ProductStanding.Deleted)
            return false;
        var saved = await ChangeAsync(
            [(number, new ProductPatch())],
            static (_, product) =>
                new Product
                {
                    Number = product.Number,
                    Id = product.Id,
                    Standing = ProductStanding.Deleted,
                },
            cancel
        );
        if (isShared && saved > 0)
            await WaitEverywhereAsync(saved, cancel);
        return true;
    }

    /// <summary>The products with this value of an attribute that were not taken out.</summary>
    public List<string> IdsWhere(string attribute, string value)
    {
        var ids = new List<string>();
        for (var number = 0; number < catalogue.Count; number++)
            if (
                catalogue[number] is { Standing: not ProductStanding.Deleted } product
                && product.Attributes.TryGetValue(attribute, out var its)
                && its == value
            )
                ids.Add(product.Id);
        return ids;
    }

    /// <summary>Until every process that serves has applied a change. One that has died is not waited for.</summary>
    async Task WaitEverywhereAsync(long saved, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        await ReportAsync(serves: true, cancel);
        var started = Stopwatch.GetTimestamp();
        while (await store.AppliedEverywhereAsync(cancel) < saved && Stopwatch.GetElapsedTime(started) < Patience)
            await Task.Delay(Look, cancel);
    }

    /// <returns>The number of the last change, 0 when nothing changes.</returns>
    async Task<long> ChangeAsync(
        IReadOnlyList<(int Number, ProductPatch Patch)> changes,
        Func<ProductPatch, Product, Product> apply,
        CancellationToken cancel
    )
    {
        await _writing.WaitAsync(cancel);
        try
        {
            var changed = new Dictionary<int, Product>();
            foreach (var (number, patch) in changes)
            {
                var before = changed.GetValueOrDefault(number) ?? catalogue[number]!;
                var after = apply(patch, before);
                if (!ReferenceEquals(after, before))
                    changed[number] = after;
            }
            if (changed.Count == 0)
                return 0;
            var saved = await store.SaveProductsAsync(
                changed.Select(one => (one.Key, ProductJson.Write(one.Value))).ToList(),
                cancel
            );
            foreach (var product in changed.Values)
                catalogue.Apply(product);
            // Changes of other processes lie between when the numbers do not follow each other; they are read by catching up.
            if (saved == _change + changed.Count)
                _change = saved;
            return saved;
        }
        finally
        {
            _writing.Release();
        }
    }

    async Task<int[]> AssignAsync(IReadOnlyList<string> ids, ProductStanding standing, CancellationToken cancel)
    {
        Product New(int number, string id) =>
            new()
            {
                Number = number,
                Id = id,
                Standing = standing,
            };
        var numbers = await store.ProductNumbersAsync(
            ids,
            standing == ProductStanding.Named ? null : id => ProductJson.Write(New(0, id)),
            cancel
        );
        // What another process has made of them meanwhile.
        if (isShared)
            await CatchUpAsync(cancel);
        await _writing.WaitAsync(cancel);
        try
        {
            for (var i = 0; i < numbers.Length; i++)
                if (catalogue[numbers[i]] is null)
                    catalogue.Apply(New(numbers[i], ids[i]));
        }
        finally
        {
            _writing.Release();
        }
        if (standing == ProductStanding.Named)
            await FillAsync(
                numbers.Where(number => catalogue[number]!.Standing == ProductStanding.Claimed).Select(number => (number, Named)),
                cancel
            );
        return numbers;
    }

    /// <summary>Says that there is such a product, and nothing else of it.</summary>
    static readonly ProductPatch Named = new();

    public void Dispose() => _writing.Dispose();
}

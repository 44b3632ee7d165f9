using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Shop;

namespace Personalization.Import;

/// <summary>Runs a customer's turn: by its grain, or by <see cref="ImportedCustomers"/> where the import has the shop to itself.</summary>
public delegate ValueTask<Recorded> RecordTurn(long customer, RecordRequest request);

/// <summary>Takes imported facts into the customers of this process: names and products a chunk at a time, then each customer's facts in one turn.</summary>
public sealed class JournalImport(
    IStore store,
    IdentityResolver identity,
    NameCache cache,
    CatalogueService catalogue,
    RecordTurn record,
    CurrentShop shop,
    ShopClock time
) : IImportTarget
{
    /// <summary>Turns at once: enough to share a commit, few enough to keep memory small.</summary>
    const int Parallel = 4096;

    /// <summary>An import that has the shop to itself: its customers' turns run without grains.</summary>
    public static JournalImport Alone(IStore store, CatalogueService catalogue, CurrentShop shop, ShopClock clock)
    {
        var customers = new ImportedCustomers(store, shop, clock);
        var names = new NameCache(clock, shared: catalogue.IsShared);
        var identity = new IdentityResolver(store, customers.MergeAsync, clock, names);
        return new JournalImport(store, identity, names, catalogue, customers.RecordAsync, shop, clock);
    }

    public ValueTask<ImportResult> WriteAsync(IReadOnlyList<ImportedFact> chunk, CancellationToken cancel) =>
        WriteAsync(chunk, imported: true, cancel);

    /// <param name="chunk">Oldest first.</param>
    /// <param name="imported">History, which sends nobody a message; false for what happens now, as in the demo's live traffic.</param>
    /// <param name="cancel">Cancels between turns.</param>
    public async ValueTask<ImportResult> WriteAsync(IReadOnlyList<ImportedFact> chunk, bool imported, CancellationToken cancel)
    {
        var known = (
            await store.ImportedAsync(
                [.. chunk.Select(fact => fact.Key), .. chunk.Select(fact => fact.Content).Where(content => content != 0)],
                cancel
            )
        ).ToHashSet();
        var news = new List<ImportedFact>(chunk.Count);
        foreach (var fact in chunk)
        {
            var isNewContent = fact.Content != 0 && known.Add(fact.Content);
            fact.IsChange = !known.Add(fact.Key);
            if (!fact.IsChange || isNewContent)
                news.Add(fact);
        }
        if (news.Count > 0)
        {
            await NameAsync(news, cancel);
            var products = await NumberAsync(news, cancel);
            await RecordAsync(news, products, imported, cancel);
        }
        return new ImportResult(news.Count, chunk.Count - news.Count);
    }

    /// <summary>Finds or makes the names of the chunk in one go; facts that carry two are resolved one by one, as they may join.</summary>
    async Task NameAsync(List<ImportedFact> facts, CancellationToken cancel)
    {
        var claims = new Dictionary<(NameKind, string), NameClaim>();
        foreach (var fact in facts)
            if (fact.AnonymousName is null && cache.Find(fact.NameKind, fact.Name) is null)
                claims.TryAdd(
                    (fact.NameKind, fact.Name),
                    new NameClaim(fact.NameKind, fact.Name, IdentityResolver.NewCustomer(), fact.Time)
                );
        if (claims.Count == 0)
            return;
        foreach (var name in await store.ClaimNamesAsync(claims.Values.ToList(), cancel))
            cache.Keep(name, isNew: name.Customer == claims[(name.Kind, name.Value)].Customer);
    }

    async Task<Dictionary<string, int>> NumberAsync(List<ImportedFact> facts, CancellationToken cancel)
    {
        var ids = facts.SelectMany(fact => fact.Lines).Select(line => line.Product).Distinct().ToList();
        var numbers = await catalogue.NumbersAsync(ids, ProductStanding.Named, cancel);
        var byId = new Dictionary<string, int>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
            byId[ids[i]] = numbers[i];
        await catalogue.FillAsync(Told(facts, byId), cancel);
        return byId;
    }

    static IEnumerable<(int, ProductPatch)> Told(List<ImportedFact> facts, Dictionary<string, int> numbers)
    {
        var told = new HashSet<int>();
        foreach (var fact in facts)
        foreach (var line in fact.Lines)
            if ((line.Title ?? line.Category ?? line.Brand) is not null && told.Add(numbers[line.Product]))
                yield return (
                    numbers[line.Product],
                    new ProductPatch
                    {
                        Title = line.Title,
                        Brand = line.Brand,
                        Category = line.Category is { } path ? CategoryPath.Parse(path) : null,
                    }
                );
    }

    async Task RecordAsync(List<ImportedFact> facts, Dictionary<string, int> products, bool imported, CancellationToken cancel)
    {
        var received = time.Now;
        var turns = new Dictionary<long, (List<Tracked> Events, List<UInt128> Keys, bool IsNew)>();
        foreach (var fact in facts)
        {
            var user = fact.NameKind == NameKind.User ? fact.Name : null;
            var anonymous = user is null ? fact.Name : fact.AnonymousName;
            // A join sees what was recorded before it, so what waits goes first.
            if (user is not null && anonymous is not null && !identity.AreOne(user, anonymous, Trust.Server))
                await FlushAsync(turns, imported, cancel);
            var who = await identity.ResolveAsync(user, anonymous, Trust.Server, cancel);
            if (!turns.TryGetValue(who.Customer, out var turn))
                turns[who.Customer] = turn = ([], [], who.IsNew);
            turn.Events.Add(EventOf(fact, who, products, imported, received));
            if (!fact.IsChange)
                turn.Keys.Add(fact.Key);
            if (fact.Content != 0)
                turn.Keys.Add(fact.Content);
        }
        await FlushAsync(turns, imported, cancel);
    }

    async Task FlushAsync(
        Dictionary<long, (List<Tracked> Events, List<UInt128> Keys, bool IsNew)> turns,
        bool imported,
        CancellationToken cancel
    )
    {
        foreach (var some in turns.Chunk(Parallel))
        {
            var recording = new Task[some.Length];
            for (var i = 0; i < some.Length; i++)
                recording[i] = record(
                        some[i].Key,
                        new RecordRequest([.. some[i].Value.Events])
                        {
                            Imported = imported,
                            ImportKeys = [.. some[i].Value.Keys],
                            IsNewCustomer = some[i].Value.IsNew,
                        }
                    )
                    .AsTask();
            await Task.WhenAll(recording);
        }
        turns.Clear();
    }

    Tracked EventOf(ImportedFact fact, Identified who, Dictionary<string, int> products, bool imported, long received) =>
        new()
        {
            // Behind the word it replaces, as an order's update would otherwise go before the order.
            Time = fact.IsChange ? fact.Time + 1 : fact.Time,
            Kind = fact.IsChange ? EventKind.OrderUpdated : fact.Kind,
            // Also where its key is ours and nothing else would tell a call made twice.
            Message =
                fact.IsChange ? ChangeNumber(fact, received)
                : fact.KeyFromSender || !imported ? Math.Max(1, (ulong)fact.Key)
                : 0,
            Name = who.Name.Number,
            LinkedName = who.Linked?.Number ?? 0,
            Received = received,
            Marks = (imported ? EventMarks.Imported : 0) | (fact.NameKind == NameKind.User ? EventMarks.UnderUserId : 0),
            Lines = Array.ConvertAll(fact.Lines, line => new OrderLine(products[line.Product], line.Quantity, line.Price)),
            Reference = fact.Reference,
            Label = fact.Label,
            Amount = fact.Amount,
            IsRunningTotal = fact.IsRunningTotal,
            Currency = fact.Currency,
            BaseAmount = HasAmount(fact) ? shop.Current.Shop.ToBase(fact.Amount, fact.Currency) : null,
            Rating = fact.Rating,
            Source = fact.Source,
            Personal = fact.Personal,
        };

    /// <summary>The later of two changes of an order has the greater number: facts of the same time are in the order of theirs.</summary>
    static ulong ChangeNumber(ImportedFact fact, long received) => (ulong)received << 22 | (ulong)fact.Content & 0x3fffff;

    /// <summary>An order without an amount is an order worth nothing, not one in an unknown currency.</summary>
    static bool HasAmount(ImportedFact fact) =>
        fact.Amount != 0 || fact.Kind is EventKind.OrderCompleted or EventKind.OrderCancelled;
}

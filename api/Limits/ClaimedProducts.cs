using Personalization.Catalogue;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Tracking;

namespace Personalization.Limits;

/// <summary>How much of the catalogue may come from events: products that only visitors name, and categories.</summary>
public sealed class ClaimedProducts(LimitSettings settings, ProductCatalogue catalogue, LimitAlarm alarm)
{
    /// <summary>Levels of a category; a feed may have more.</summary>
    const int MaxDepth = 8;
    const long Hour = 3600_000;

    static readonly FieldWarning LeftOut = new(
        "properties.products",
        "Products that the shop does not name were left out: there are too many of them."
    );

    readonly Lock _lock = new();
    readonly Dictionary<ClientAddress, int> _perAddress = [];

    /// <summary>Those of the hour, which many calls may name before the first has brought one into the catalogue.</summary>
    readonly HashSet<string> _admitted = [];
    long _since = -Hour;

    /// <summary>Leaves out of a claimed call the products that are new and too many. The rest of it stays as it is.</summary>
    public void Admit(IncomingCall call)
    {
        if (call.Trust == Trust.Claimed && call.Lines.Length > 0 && !Array.TrueForAll(call.Lines, IsKnown))
        {
            var kept = Array.FindAll(call.Lines, line => IsKnown(line) || MayBeNew(line.ProductId, call.Client));
            if (kept.Length < call.Lines.Length)
                call.Warnings = [.. call.Warnings ?? [], LeftOut];
            call.Lines = kept;
        }
    }

    bool IsKnown(IncomingLine line) => catalogue.TryNumber(line.ProductId, out _);

    bool MayBeNew(string product, ClientAddress? client)
    {
        lock (_lock)
        {
            var now = Environment.TickCount64;
            if (now - _since >= Hour)
            {
                _since = now;
                _admitted.Clear();
                _perAddress.Clear();
            }
            if (_admitted.Contains(product))
                return true;
            var own = client is { } address ? _perAddress.GetValueOrDefault(address) : 0;
            if (_admitted.Count < settings.NewProducts && own < settings.NewProductsPerAddress)
            {
                _admitted.Add(product);
                if (client is { } known)
                    _perAddress[known] = own + 1;
                return true;
            }
        }
        alarm.Raise(LimitKind.NewProducts);
        return false;
    }

    /// <summary>The path that an event tells, cut at a depth; null where the catalogue has no room for categories that are new.</summary>
    public string[]? CategoryOf(string text)
    {
        var path = CategoryPath.Parse(text);
        if (path.Length > MaxDepth)
            path = path[..MaxDepth];
        if (catalogue.Categories.Count < settings.Categories || catalogue.Categories.TryFind(string.Join(" > ", path), out _))
            return path;
        alarm.Raise(LimitKind.Categories);
        return null;
    }
}

using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Import;

/// <summary>
/// Gathers the rows of orders, which files spread over several, not always adjacent lines, into one fact each. All
/// orders of a file are held until its end (about 100 bytes a line).
/// </summary>
public sealed class OrderRows(string format)
{
    readonly Dictionary<(EventKind Kind, NameKind NameKind, string Name, string Reference), Order> _orders = [];

    /// <summary>
    /// The order that a row belongs to; its time and source line are those of its first row. Orders come out in the order
    /// of their first rows.
    /// </summary>
    public Order this[EventKind kind, NameKind nameKind, string name, string reference, long time, long sourceLine]
    {
        get
        {
            var id = (kind, nameKind, name, reference);
            if (!_orders.TryGetValue(id, out var order))
                _orders.Add(id, order = new Order(time, sourceLine));
            return order;
        }
    }

    public IEnumerable<ImportedFact> Facts() =>
        _orders.Select(pair =>
            pair.Value.ToFact(
                pair.Key.Kind,
                pair.Key.NameKind,
                pair.Key.Name,
                pair.Key.Reference,
                FactKey.Of(format, pair.Key.Kind.ToString(), pair.Key.NameKind.ToString(), pair.Key.Name, pair.Key.Reference)
            )
        );

    /// <summary>An order being gathered.</summary>
    public sealed class Order(long time, long sourceLine)
    {
        readonly List<ImportedLine> _lines = [];

        /// <summary>In ten-thousandths: the sum of what its rows are worth.</summary>
        public long Amount { get; private set; }

        public Currency Currency { get; set; }

        /// <summary>Adds a row; one without a product has only an amount.</summary>
        public void Add(ImportedLine line, long amount)
        {
            if (line.Product.Length > 0)
                _lines.Add(line);
            Amount = Math.Min(Amount + amount, Bounds.MaxAmount);
        }

        public ImportedFact ToFact(EventKind kind, NameKind nameKind, string name, string reference, UInt128 key) =>
            new()
            {
                NameKind = nameKind,
                Name = name,
                Kind = kind,
                Time = time,
                Lines = [.. _lines],
                Reference = reference,
                Amount = Amount,
                Currency = Currency,
                Key = key,
                SourceLine = sourceLine,
            };
    }
}

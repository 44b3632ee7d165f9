using System.Globalization;
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

    public IEnumerable<ImportedFact> Facts() => _orders.Select(pair => pair.Value.ToFact(format, pair.Key));

    /// <summary>An order being gathered. All amounts are in ten-thousandths.</summary>
    public sealed class Order(long time, long sourceLine)
    {
        readonly List<ImportedLine> _lines = [];
        int _rows,
            _givenRows;
        long _worth,
            _greatestWorth,
            _given,
            _restWorth;
        long? _first;
        bool _givenDiffer;

        /// <summary>What the file says the order comes to, once for all of its rows; null to add up its rows.</summary>
        public long? Total { get; set; }

        /// <summary>What is taken off, and what is added, to the sum of the rows.</summary>
        public long? Discount { get; set; }

        /// <inheritdoc cref="Discount"/>
        public long? Shipping { get; set; }

        /// <inheritdoc cref="Discount"/>
        public long? Tax { get; set; }

        public Currency Currency { get; set; }

        /// <summary>When the order was: at its first row.</summary>
        public long Time => time;

        /// <summary>Adds a row; one without a product has only an amount.</summary>
        /// <param name="line">Its product.</param>
        /// <param name="worth">Quantity times price.</param>
        /// <param name="given">The amount that the row itself says; null where it says none.</param>
        public void Add(ImportedLine line, long worth, long? given = null)
        {
            if (line.Product.Length > 0)
                _lines.Add(line);
            _rows++;
            _worth = Sum(_worth, worth);
            _greatestWorth = Math.Max(_greatestWorth, worth);
            if (given is not { } amount)
            {
                _restWorth = Sum(_restWorth, worth);
                return;
            }
            _givenRows++;
            _given = Sum(_given, amount);
            _first ??= amount;
            _givenDiffer |= _first != amount;
        }

        /// <summary>What the order is worth.</summary>
        public long Amount =>
            Total
            ?? (
                IsGivenForAll
                    ? _first!.Value
                    : Sum(Sum(Sum(_given, _restWorth), -Math.Abs(Discount ?? 0)), Sum(Shipping ?? 0, Tax ?? 0))
            );

        /// <summary>
        /// Whether the column of amounts holds the order's, and not those of its rows: it is filled in one row of several that have
        /// prices, or says the same in each and is nearer to what they come to together than to any of them.
        /// </summary>
        bool IsGivenForAll =>
            _first is { } first
            && _rows > 1
            && _worth > 0
            && (
                _givenRows == 1
                || (_givenRows == _rows && !_givenDiffer && Math.Abs(first - _worth) < Math.Abs(first - _greatestWorth))
            );

        static long Sum(long left, long right) => Math.Clamp(left + right, -Bounds.MaxAmount, Bounds.MaxAmount);

        public ImportedFact ToFact(string format, (EventKind Kind, NameKind NameKind, string Name, string Reference) id)
        {
            string[] identity = [id.Kind.ToString(), id.NameKind.ToString(), id.Name, id.Reference];
            return new()
            {
                NameKind = id.NameKind,
                Name = id.Name,
                Kind = id.Kind,
                Time = time,
                Lines = [.. _lines],
                Reference = id.Reference,
                Amount = Math.Max(0, Amount),
                Currency = Currency,
                Key = FactKey.Of(format, identity),
                Content = id.Kind == EventKind.OrderCompleted ? FactKey.Of(format, [.. identity, .. Content()]) : 0,
                SourceLine = sourceLine,
            };
        }

        IEnumerable<string> Content()
        {
            yield return Text(time);
            yield return Text(Math.Max(0, Amount));
            yield return Currency.ToString();
            foreach (var line in _lines)
            {
                yield return line.Product;
                yield return Text(line.Quantity);
                yield return Text(line.Price);
            }
        }

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}

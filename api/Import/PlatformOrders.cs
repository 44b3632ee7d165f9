using System.Globalization;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Platforms;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>The columns of a platform's export of orders, a row per item; of several spellings the first that is there.</summary>
public sealed record OrderColumns
{
    public required string[] Number { get; init; }
    public required string[] Time { get; init; }
    public required string[] Email { get; init; }
    public string[] Customer { get; init; } = [];
    public string[] Status { get; init; } = [];
    public string[] Total { get; init; } = [];
    public string[] Currency { get; init; } = [];
    public string[] Refunded { get; init; } = [];
    public string[] CancelledAt { get; init; } = [];
    public string[] RefundedAt { get; init; } = [];
    public string[] Sku { get; init; } = [];
    public string[] Product { get; init; } = [];
    public string[] Title { get; init; } = [];
    public string[] Quantity { get; init; } = [];
    public string[] Price { get; init; } = [];

    /// <summary>Statuses of an order that was not paid for, beside those of every platform. Shopify's pending ones are placed.</summary>
    public string[] Unpaid { get; init; } = [];

    /// <summary>What a row's pieces come to together, where there is no price of one.</summary>
    public string[] Worth { get; init; } = [];

    public static OrderColumns Shopify { get; } =
        new()
        {
            Number = ["Name"],
            Time = ["Created at", "Paid at"],
            Email = ["Email"],
            Customer = ["Customer ID"],
            Status = ["Financial Status"],
            Total = ["Total"],
            Currency = ["Currency"],
            Refunded = ["Refunded Amount"],
            CancelledAt = ["Cancelled at"],
            Sku = ["Lineitem sku"],
            Title = ["Lineitem name"],
            Quantity = ["Lineitem quantity"],
            Price = ["Lineitem price"],
        };

    public static OrderColumns WooCommerce { get; } =
        new()
        {
            Number = ["order_number", "Order Number", "order_id", "Order ID"],
            Time = ["date", "order_date", "Order Date", "date_created", "Date"],
            Email = ["billing_email", "Email (Billing)", "Billing Email", "customer_email", "Email"],
            Customer = ["customer_id", "customer_user", "Customer User ID", "Customer ID"],
            Status = ["status", "order_status", "Order Status"],
            Unpaid = ["pending"],
            Total = ["order_total", "Order Total Amount", "Order Total", "total"],
            Currency = ["order_currency", "currency", "Order Currency"],
            Refunded = ["refunded_total", "order_refund_amount", "Order Refund Amount", "refunded"],
            RefundedAt = ["refund_date", "Refund Date"],
            CancelledAt = ["cancelled_date"],
            Sku = ["item_sku", "SKU", "line_item_sku"],
            Product = ["item_variation_id", "item_product_id", "Product Id", "Product ID"],
            Title = ["item_name", "Item Name", "Product Name", "line_item_name"],
            Quantity = ["item_quantity", "Quantity (- Refund)", "Quantity", "line_item_quantity"],
            Price = ["item_price", "Item Cost", "Item Price"],
            Worth = ["item_total", "Order Line Total", "item_subtotal"],
        };

    /// <summary>The columns of times, of which the order of days and months is found out.</summary>
    public IReadOnlyList<string> Times => [.. Time, .. CancelledAt, .. RefundedAt];
}

/// <summary>
/// Orders as Shopify and WooCommerce export them: rows of an order give its fields once or repeat them. An order's total counts
/// as it stands; what was cancelled or given back are facts of their own, at their time where the export says it, else at the
/// order's. Orders that were never placed (failed, pending, drafts) are left out.
/// </summary>
public sealed class PlatformOrders
{
    public const string NoCustomer = "order without an e-mail address and a customer's id";

    readonly string _format;
    readonly PlatformSettings _names;
    readonly ImportNotes _notes;
    readonly DelimitedRows _rows;
    readonly FileTimes _times;
    readonly TextPool _texts = new();
    readonly int _columns;
    readonly Dictionary<string, Order> _orders = [];
    readonly int _number,
        _at,
        _email,
        _customer,
        _status,
        _total,
        _currency,
        _refunded,
        _cancelledAt,
        _refundedAt,
        _sku,
        _product,
        _title,
        _quantity,
        _price,
        _worth;

    readonly string[] _unpaid;

    /// <exception cref="ImportException">A column that is needed is missing.</exception>
    public static IEnumerable<ImportedFact> Read(
        string format,
        OrderColumns columns,
        PlatformSettings names,
        Stream content,
        ImportNotes notes
    ) => new PlatformOrders(format, columns, names, content, notes).Facts();

    PlatformOrders(string format, OrderColumns columns, PlatformSettings names, Stream content, ImportNotes notes)
    {
        (_format, _names, _notes, _unpaid) = (format, names, notes, columns.Unpaid);
        _rows = new DelimitedRows(content).DetectDelimiter();
        _times = new FileTimes(notes.Dates, notes.Zone);
        var header = new Header(_rows);
        _columns = header.Count;
        _number = header.Any(columns.Number);
        _at = header.Any(columns.Time);
        _email = header.Any(columns.Email);
        _customer = header.FindAny(columns.Customer);
        _status = header.FindAny(columns.Status);
        _total = header.FindAny(columns.Total);
        _currency = header.FindAny(columns.Currency);
        _refunded = header.FindAny(columns.Refunded);
        _cancelledAt = header.FindAny(columns.CancelledAt);
        _refundedAt = header.FindAny(columns.RefundedAt);
        _sku = header.FindAny(columns.Sku);
        _product = header.FindAny(columns.Product);
        _title = header.FindAny(columns.Title);
        _quantity = header.FindAny(columns.Quantity);
        _price = header.FindAny(columns.Price);
        _worth = header.FindAny(columns.Worth);
    }

    /// <summary>What the rows of an order said so far.</summary>
    sealed class Order(string number, long line)
    {
        public string Number => number;
        public long Line => line;
        public string? User,
            Email,
            Status;
        public long? Refunded,
            CancelledAt,
            RefundedAt;
        public List<(ImportedLine Line, long Worth)> Items = [];
        public long? Time,
            Total;
        public Currency Currency;
    }

    IEnumerable<ImportedFact> Facts()
    {
        while (_rows.Next())
        {
            _notes.Row();
            if (Gather() is { } wrong)
                _notes.Reject(_rows.Line, wrong);
        }
        return _orders.Values.SelectMany(FactsOf);
    }

    /// <summary>Takes in a row; what is optional and cannot be read is left out.</summary>
    string? Gather()
    {
        if (_rows.Damage is { } damage)
            return damage;
        if (_rows.Count != _columns)
            return $"{_rows.Count} fields where the header has {_columns}";
        // Shopify shows its numbers with a sign that its webhooks are read without.
        if (Text(_number)?.TrimStart('#') is not { Length: > 0 } number)
            return "the order's number is empty";
        if (!_orders.TryGetValue(number, out var order))
            _orders.Add(number, order = new Order(number, _rows.Line));
        if (Time(_at, out var time) is { } wrong && order.Time is null)
            return wrong;
        var email = Text(_email);
        if (order.Email is not null && email is not null && !order.Email.Equals(email, StringComparison.OrdinalIgnoreCase))
            return "the order's earlier rows name another customer";
        order.Time ??= time;
        order.Email ??= email;
        order.User ??= _names.User(Text(_customer), email);
        order.Status ??= Text(_status);
        order.Total ??= Money(_total);
        order.Refunded ??= Money(_refunded);
        order.CancelledAt ??= Time(_cancelledAt, out var cancelled) is null ? cancelled : null;
        order.RefundedAt ??= Time(_refundedAt, out var refunded) is null ? refunded : null;
        if (order.Currency.IsBase && Currency.TryParse(Text(_currency), out var currency))
            order.Currency = currency;
        Item(order);
        return null;
    }

    void Item(Order order)
    {
        if (_names.Product(Text(_sku), product: Text(_product), handle: Text(_title)) is not { } product)
            return;
        if (!FieldValue.TryQuantity(Field(_quantity), out var quantity) || quantity <= 0)
            quantity = 10_000;
        var price = Money(_price) ?? (Money(_worth) is { } together ? (long)((Int128)together * 10_000 / quantity) : 0);
        FieldValue.TryWorth(quantity, price, out var worth);
        var pieces = (int)Math.Max(1, Math.Round(quantity / 10_000m));
        order.Items.Add((new ImportedLine(product, pieces, Math.Max(0, price), Text(_title)), worth));
    }

    IEnumerable<ImportedFact> FactsOf(Order order)
    {
        if (order.Time is not { } time)
            yield break;
        if (order.User is not { } user)
        {
            _notes.LeaveOut(NoCustomer);
            yield break;
        }
        var status = (order.Status ?? "").ToLowerInvariant().Replace("wc-", "", StringComparison.Ordinal);
        if (
            status is "failed" or "pending payment" or "checkout-draft" or "draft" or "trash" or "expired"
            || _unpaid.Contains(status)
        )
        {
            _notes.LeaveOut($"order that is {status}");
            yield break;
        }
        if (order.Email is { } email)
            yield return Identified(user, email, time, order.Line);
        var whole = Completed(order, user, time);
        yield return whole;
        var isCancelled = order.CancelledAt is not null || status is "cancelled" or "voided";
        var back = Math.Min(order.Refunded ?? (status == "refunded" ? whole.Amount : 0), whole.Amount);
        if (isCancelled)
            yield return Back(order, user, EventKind.OrderCancelled, order.CancelledAt ?? time, whole.Amount, whole.Lines);
        else if (back > 0)
            yield return Back(
                order,
                user,
                EventKind.OrderRefunded,
                order.RefundedAt ?? time,
                back,
                back == whole.Amount ? whole.Lines : []
            );
    }

    ImportedFact Completed(Order order, string user, long time)
    {
        var gathered = new OrderRows.Order(time, order.Line) { Total = order.Total, Currency = order.Currency };
        foreach (var (line, worth) in order.Items)
            gathered.Add(line, worth);
        return gathered.ToFact(_format, (EventKind.OrderCompleted, NameKind.User, user, order.Number));
    }

    /// <summary>
    /// Known again by its amount. An export tells what was refunded in all, so that a later one with more says the difference.
    /// </summary>
    ImportedFact Back(Order order, string user, EventKind kind, long time, long amount, ImportedLine[] lines) =>
        new()
        {
            NameKind = NameKind.User,
            Name = user,
            Kind = kind,
            Time = Math.Max(time, order.Time!.Value),
            Lines = lines,
            Reference = order.Number,
            Amount = amount,
            IsRunningTotal = kind == EventKind.OrderRefunded,
            Currency = order.Currency,
            Key = FactKey.Of(_format, kind.ToString(), order.Number, amount.ToString(CultureInfo.InvariantCulture)),
            SourceLine = order.Line,
        };

    ImportedFact Identified(string user, string email, long time, long line) =>
        new()
        {
            NameKind = NameKind.User,
            Name = user,
            Kind = EventKind.Identified,
            Time = time,
            Personal = new PersonalPart { Traits = TraitsJson.Of(("email", email)) },
            Key = FactKey.Of(_format, "email", user, email),
            // Each of a customer's orders says it.
            KeyFromSender = true,
            SourceLine = line,
        };

    string? Time(int column, out long time)
    {
        time = 0;
        return column >= 0 && _times.TryRead(Field(column), out time) ? null : "the order's date is not a time";
    }

    long? Money(int column) =>
        !Field(column).IsEmpty && FieldValue.TryMoney(Field(column), out var amount) && amount >= 0 && Bounds.IsAmount(amount)
            ? amount
            : null;

    ReadOnlySpan<byte> Field(int column) => column < 0 ? [] : FieldValue.Trim(_rows[column]);

    string? Text(int column) => Field(column) is { IsEmpty: false } field ? _texts.Get(field) : null;
}

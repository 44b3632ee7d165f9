using Personalization.Customers;

namespace Personalization.Codec;

/// <summary>The receipt of an erasure. Numbers by the rule of <see cref="CallCodec"/>.</summary>
static class ErasureCodec
{
    public static void Write(ErasureReceipt receipt, FieldWriter w)
    {
        w.Number(1, receipt.Customer);
        w.Number(2, receipt.At);
        w.Messages(3, [.. receipt.Removed], WriteRemoved);
        w.Numbers(4, receipt.Forwarders);
    }

    public static ErasureReceipt Read(ReadOnlySpan<byte> bytes)
    {
        long customer = 0,
            at = 0;
        KeyValuePair<string, long>[] removed = [];
        long[] forwarders = [];
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    customer = r.Long();
                    break;
                case 2:
                    at = r.Long();
                    break;
                case 3:
                    removed = r.Messages(ReadRemoved);
                    break;
                case 4:
                    forwarders = r.Longs();
                    break;
            }
        }
        var stores = new Dictionary<string, long>(removed.Length);
        foreach (var (store, count) in removed)
            stores[store] = count;
        return new ErasureReceipt(customer, at, stores, forwarders);
    }

    static void WriteRemoved(KeyValuePair<string, long> removed, FieldWriter w)
    {
        w.Text(1, removed.Key);
        w.Number(2, removed.Value);
    }

    static KeyValuePair<string, long> ReadRemoved(ReadOnlySpan<byte> bytes)
    {
        var store = "";
        var count = 0L;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    store = r.Text();
                    break;
                case 2:
                    count = r.Long();
                    break;
            }
        }
        return new KeyValuePair<string, long>(store, count);
    }
}

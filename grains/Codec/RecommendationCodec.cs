using Personalization.Customers;
using Personalization.Recommendations;
using Personalization.Recommendations.Filters;

namespace Personalization.Codec;

/// <summary>Questions for recommendations and their answers. Numbers by the rule of <see cref="CallCodec"/>.</summary>
static class RecommendationCodec
{
    public static void Write(RecommendationQuery query, FieldWriter w)
    {
        w.Number(1, (long)query.Placement);
        w.Number(2, query.Limit, missing: 10);
        w.Number(3, query.Product, missing: -1);
        // 4 was a category's number, which means another one elsewhere.
        w.TextOrNull(5, query.Filter?.Text);
        w.Numbers(6, query.Exclude);
        w.TextOrNull(7, query.Category);
    }

    public static RecommendationQuery ReadQuery(ReadOnlySpan<byte> bytes)
    {
        Placement placement = 0;
        int limit = 10,
            product = -1;
        string? category = null;
        Filter? filter = null;
        int[] exclude = [];
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    placement = (Placement)r.Member((byte)Placement.Email, other: (byte)Placement.Home);
                    break;
                case 2:
                    limit = r.Int();
                    break;
                case 3:
                    product = r.Int();
                    break;
                case 5:
                    filter = Compiled(r.Text());
                    break;
                case 6:
                    exclude = r.Ints();
                    break;
                case 7:
                    category = r.Text();
                    break;
            }
        }
        return new RecommendationQuery(placement, limit)
        {
            Product = product,
            Category = category,
            Filter = filter,
            Exclude = exclude,
        };
    }

    public static void Write(Recommended answer, FieldWriter w)
    {
        w.Text(1, answer.Strategy);
        w.Messages(2, answer.Items, Write);
        w.Number(3, answer.At);
    }

    public static Recommended ReadAnswer(ReadOnlySpan<byte> bytes)
    {
        var strategy = "";
        Recommendation[] items = [];
        var at = 0L;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    strategy = r.Text();
                    break;
                case 2:
                    items = r.Messages(Read);
                    break;
                case 3:
                    at = r.Long();
                    break;
            }
        }
        return new Recommended(strategy, items, at);
    }

    public static void Write(Bundle bundle, FieldWriter w)
    {
        w.Messages(1, bundle.Items, Write);
        w.Decimal(2, bundle.Total);
        w.TextOrNull(3, bundle.Currency);
    }

    public static Bundle ReadBundle(ReadOnlySpan<byte> bytes)
    {
        Recommendation[] items = [];
        var total = 0m;
        string? currency = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    items = r.Messages(Read);
                    break;
                case 2:
                    total = r.Decimal();
                    break;
                case 3:
                    currency = r.Text();
                    break;
            }
        }
        return new Bundle(items, total, currency);
    }

    public static void Write(Recommendation item, FieldWriter w)
    {
        w.Number(1, item.Product);
        w.Single(2, item.Score);
        w.Number(3, (long)item.Reason.Kind);
        w.Number(4, item.Reason.Product, missing: -1);
    }

    public static Recommendation Read(ReadOnlySpan<byte> bytes)
    {
        int product = 0,
            because = -1;
        var score = 0f;
        ReasonKind kind = 0;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    product = r.Int();
                    break;
                case 2:
                    score = r.Single();
                    break;
                case 3:
                    kind = (ReasonKind)r.Member((byte)ReasonKind.InShop, other: (byte)ReasonKind.InShop);
                    break;
                case 4:
                    because = r.Int();
                    break;
            }
        }
        return new Recommendation(product, score, new Reason(kind, because));
    }

    static Filter Compiled(string text) =>
        Filter.TryParse(text, out var filter, out _)
            ? filter
            : throw new InvalidDataException("A filter cannot be compiled by this build.");
}

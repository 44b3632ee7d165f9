using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>What all shoppers did, as counts that a recommendation is made of. One writer, any number of readers without
/// locks: a reader beside a write may see a count a moment old, never one out of range. Memory is bounded by
/// <see cref="ItemIndexOptions"/> and by the number of products.</summary>
public sealed partial class ItemIndex
{
    /// <summary>What follows a product in visits, nearer ones weighing more; a product can follow itself.</summary>
    internal readonly Neighbours Next;

    /// <summary>What occurs with a product in visits, in either order.</summary>
    internal readonly Neighbours Near;

    /// <summary>What is bought with a product in one order.</summary>
    internal readonly Neighbours Together;

    internal readonly SessionLog Sessions;
    internal readonly RecentSessions Recent;
    internal readonly Popularity Popularity;
    internal readonly ReturnRates Returns;
    const int NearReach = 10;

    /// <param name="options">Bounds and time scales.</param>
    /// <param name="catalogue">Tells the categories of products, for the best sellers of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public ItemIndex(ItemIndexOptions options, ProductCatalogue catalogue)
    {
        options.Validate();
        Options = options;
        Sessions = new SessionLog(options);
        Recent = new RecentSessions(new Rows(options.SessionsPerItem + 1), options.SessionsPerItem);
        (Next, Near, Together) = (NewNeighbours(options), NewNeighbours(options), NewNeighbours(options));
        Popularity = new Popularity(catalogue, options.TopLength);
        Returns = new ReturnRates();
    }

    public ItemIndexOptions Options { get; }

    /// <summary>Position in the journal up to which events are counted; set by the feeder, kept in the image.</summary>
    public long Position { get; set; }

    /// <summary>Acts recorded since the index was begun.</summary>
    public long Events { get; private set; }

    /// <summary>Purchases recorded since the index was begun.</summary>
    public long Purchases { get; private set; }

    /// <summary>Sessions begun since the index was begun, those forgotten included.</summary>
    public int SessionsBegun => Sessions.Begun;

    /// <summary>Counts one act. A purchase counts here for popularity; <see cref="RecordOrder"/> adds only what was bought
    /// together. Writer only.</summary>
    /// <param name="sessionKey">Any number that is the same within one visit and differs between visits.</param>
    /// <param name="product">Product number, below 2^28.</param>
    /// <param name="signal">What was done.</param>
    /// <param name="time">Unix seconds; may lag behind, events out of order are counted at their own time. It must not lie in the
    /// future: everything before would count as long ago. The caller knows the clock and sees to that.</param>
    /// <param name="weight">For how much it counts in popularity, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The product number is negative or too large.</exception>
    public void Record(ulong sessionKey, int product, Signal signal, int time, float weight = 1)
    {
        CheckProduct(product);
        var session = Sessions.Open(sessionKey, time);
        var before = Sessions.Clicks(session);
        var seen = LastIndexOf(before, product);
        if (signal == Signal.View)
            Returns.Count(before, product);
        if (seen >= 0 && signal != Signal.View)
        {
            Sessions.Strengthen(session, seen, signal);
        }
        else
        {
            // What is in an order together is counted by RecordOrder; its lines have no order in time.
            if (signal != Signal.Purchase)
                Connect(before, product, time);
            Sessions.Append(session, product, signal);
            if (seen < 0)
                Recent.Add(product, session);
        }
        if (signal is Signal.View or Signal.Purchase && weight > 0)
            Popularity.Count(product, signal == Signal.Purchase, time, weight);
        Events++;
        if (signal == Signal.Purchase)
            Purchases++;
    }

    /// <summary>Counts that these products were bought in one order; repeated numbers count once. Writer only.</summary>
    /// <param name="products">Product numbers; those beyond <see cref="ItemIndexOptions.MaxOrderLength"/> are left out.</param>
    /// <param name="time">Unix seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">A product number is negative or too large.</exception>
    public void RecordOrder(ReadOnlySpan<int> products, int time)
    {
        foreach (var product in products)
            CheckProduct(product);
        products = products[..Math.Min(products.Length, Options.MaxOrderLength)];
        var weight = Together.WeightAt(time);
        for (var i = 0; i < products.Length; i++)
        {
            if (products[..i].Contains(products[i]))
                continue;
            for (var j = 0; j < i; j++)
            {
                if (products[..j].Contains(products[j]))
                    continue;
                Together.Add(products[i], products[j], weight);
                Together.Add(products[j], products[i], weight);
            }
        }
    }

    /// <summary>Decayed count of views or purchases as of now.</summary>
    public float PopularityOf(int product, PopularityKind kind, int now) =>
        Popularity.Of(product, kind) * Popularity.Scale(kind, now);

    static Neighbours NewNeighbours(ItemIndexOptions options) =>
        new(
            new Rows(Neighbours.RowLength(options.NeighboursPerItem)),
            options.NeighboursPerItem,
            new ForwardDecay(options.NeighbourHalfLifeDays)
        );

    static void CheckProduct(int product)
    {
        if ((uint)product >= SessionLog.MaxProducts)
            throw new ArgumentOutOfRangeException(nameof(product), $"is {product}; it must be from 0 and below 2^28");
    }

    static int LastIndexOf(ReadOnlySpan<int> clicks, int product)
    {
        for (var i = clicks.Length - 1; i >= 0; i--)
            if (SessionLog.ProductOf(clicks[i]) == product)
                return i;
        return -1;
    }

    void Connect(ReadOnlySpan<int> clicks, int product, int time)
    {
        var weight = Next.WeightAt(time);
        for (var distance = 1; distance <= Math.Min(Options.TransitionReach, clicks.Length); distance++)
            Next.Add(SessionLog.ProductOf(clicks[^distance]), product, weight / distance);
        weight = Near.WeightAt(time);
        for (var distance = 1; distance <= Math.Min(NearReach, clicks.Length); distance++)
        {
            var other = SessionLog.ProductOf(clicks[^distance]);
            if (other == product)
                break; // what lies before it met this product already
            Near.Add(product, other, weight);
            Near.Add(other, product, weight);
        }
    }
}

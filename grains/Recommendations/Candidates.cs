using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Where candidates come from, and what each source knows of them.</summary>
internal static class Candidates
{
    // A row with few counts says little: so much is added to its sum.
    private const float Doubt = 1f;

    /// <summary>Fills the table of candidates for the query.</summary>
    public static void Collect(
        in Request request, in Shopper shopper, ItemIndex index, ProductCatalogue catalogue, BlendWeights blend, Scratch scratch)
    {
        scratch.Candidates.Clear();
        SessionKnn.Collect(index, blend, request.Now, scratch);
        Relate(index.Next, Candidate.Next, request.Now, scratch);
        Relate(index.Near, Candidate.Near, request.Now, scratch);
        Relate(index.Together, Candidate.Together, request.Now, scratch);
        if (request.Placement is not (Placement.Home or Placement.Email)) return;
        foreach (var purchase in shopper.Purchases)
            if (Gate.IsDue(purchase, catalogue[purchase.Product], request.Now))
                scratch.Candidates.Row(scratch.Candidates.Add(purchase.Product))[Candidate.Due] = 1;
    }

    private static void Relate(Neighbours neighbours, int feature, int now, Scratch scratch)
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        var doubt = Doubt / neighbours.Scale(now);
        for (var i = 0; i < query.Count; i++)
        {
            var products = neighbours.Of(query.Products[i], out var weights);
            var sum = doubt;
            foreach (var weight in weights) sum += weight;
            var share = query.Weights[i] / sum;
            for (var j = 0; j < products.Length; j++)
                candidates.Row(candidates.Add(products[j]))[feature] += share * weights[j];
        }
    }
}

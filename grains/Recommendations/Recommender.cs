using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Answers requests. A pure function of what it is given: same state, same request, same answer. May run on any number
/// of threads at once.</summary>
public static class Recommender
{
    /// <summary>Writes the best recommendations, best first, into <paramref name="into"/>: at most
    /// <see cref="RecommendationRequest.Count"/> and at most its length; fewer only when fewer products may be shown.
    /// <see cref="Placement.RecentlyViewed"/> is never filled up with what the customer did not see.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="shopper">For whom.</param>
    /// <param name="index">What all shoppers did.</param>
    /// <param name="catalogue">What there is, as it is now.</param>
    /// <param name="into">Takes the answer.</param>
    /// <param name="blend">Weights of the sources; null for <see cref="BlendWeights.Default"/>.</param>
    /// <param name="model">A learned ranking; null for the blend alone.</param>
    public static Answer Recommend(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        Span<Recommendation> into,
        BlendWeights? blend = null,
        RankingModel? model = null
    )
    {
        var rules = request.Rules ?? RecommendationRules.Default;
        var selection = new Selection(into[..Math.Clamp(request.Count, 0, into.Length)], catalogue, rules, request.Now);
        var gate = new Gate(request, shopper, catalogue, rules);
        if (request.IsImpersonal)
            FillPopular(request, shopper, index, catalogue, rules, ref selection, gate);
        else if (request.Placement == Placement.RecentlyViewed)
            Seen(shopper, ref selection, gate);
        else
        {
            var asked = Objectives.Of(request.Placement) == Objective.Purchase ? shopper.AfterVisit() : shopper;
            Fill(request, asked, index, catalogue, rules, blend ?? BlendWeights.Default, model, ref selection, gate);
        }
        return new Answer(selection.Count, Strategy.Name(selection.Used));
    }

    /// <summary>R14: what the customer saw, latest first.</summary>
    static void Seen(in Shopper shopper, scoped ref Selection selection, scoped in Gate gate)
    {
        selection.Choosiness = Choosiness.AnyAllowed;
        for (var i = shopper.Touches.Length - 1; i >= 0 && !selection.IsFull; i--)
        {
            var product = shopper.Touches[i].Product;
            selection.Offer(product, i + 1, new(ReasonKind.RecentlyViewed, product), Sources.RecentlyViewed, gate);
        }
    }

    static void Fill(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        RecommendationRules rules,
        BlendWeights blend,
        RankingModel? model,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        var scratch = Scratch.OfThread;
        scratch.Query.Collect(request, shopper, blend);
        Personal.Prepare(request, shopper, index, catalogue, rules, blend, model, scratch);
        selection.Choosiness = Choosiness.AnyAllowed; // a pin is the shop's own word: no other rule holds it back
        Pinned(request, catalogue, rules, ref selection, gate);
        var places = selection.Places;
        selection.Places -= Exploration.Places(request, rules, places, catalogue);
        var unseen =
            request.Placement == Placement.Checkout ? gate.ExceptSeen(shopper.Touches)
            : request.ViewedLast ? gate.ExceptSeen(shopper.OfVisit())
            : gate;
        // Choosy first; what was held back for the sake of the mix comes when nothing else is left, what is buried comes last.
        for (var level = Choosiness.Strict; level <= Choosiness.AnyAllowed; level++)
        {
            selection.Choosiness = level;
            if (request.Placement == Placement.Checkout)
                ViewedNotCarted(shopper, ref selection, gate);
            Personal.Offer(request, shopper, index, catalogue, scratch, ref selection, unseen);
            selection.Places = places;
            if (level == Choosiness.Strict)
                Exploration.Offer(request, rules, catalogue, ref selection, request.ViewedLast ? unseen : gate);
            Popular.Offer(request, shopper, index, catalogue, ref selection, unseen);
            if (request.Placement == Placement.Checkout)
                Popular.Offer(request, shopper, index, catalogue, ref selection, gate);
            if (selection.IsFull || !selection.HeldBack)
                break;
        }
        selection.Choosiness = Choosiness.AnyAllowed;
        if (request.ViewedLast)
            Popular.Offer(request, shopper, index, catalogue, ref selection, gate);
    }

    /// <summary>What everybody gets: by the shop's rules, without anything that this shopper did.</summary>
    static void FillPopular(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        RecommendationRules rules,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        selection.Choosiness = Choosiness.AnyAllowed;
        Pinned(request, catalogue, rules, ref selection, gate);
        for (var level = Choosiness.Strict; level <= Choosiness.AnyAllowed; level++)
        {
            selection.Choosiness = level;
            Popular.Offer(request, shopper, index, catalogue, ref selection, gate);
            if (selection.IsFull || !selection.HeldBack)
                break;
        }
    }

    static void Pinned(
        in RecommendationRequest request,
        ProductCatalogue catalogue,
        RecommendationRules rules,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        var category = request.CategoryOf(catalogue);
        foreach (var pin in rules.Pin)
            if (pin.Period.Holds(request.Now) && pin.IsAt(category, catalogue))
                foreach (var product in pin.Products)
                    selection.Offer(product, new(ReasonKind.Pinned), Sources.Pinned, gate);
    }

    /// <summary>R13 a: viewed in this visit, latest first, and not in the cart (the gate sees to that).</summary>
    static void ViewedNotCarted(in Shopper shopper, scoped ref Selection selection, scoped in Gate gate)
    {
        // Half of the places at most: the other half is for what goes with the cart.
        var most = selection.Count + ((selection.Places - selection.Count + 1) / 2);
        for (var i = shopper.Touches.Length - 1; i >= 0 && selection.Count < most; i--)
        {
            var touch = shopper.Touches[i];
            if (touch.Visit != shopper.Visit)
                continue;
            var reason = new Reason(ReasonKind.ViewedNotCarted, touch.Product);
            selection.Offer(touch.Product, reason, Sources.ViewedNotCarted, gate);
        }
    }
}

using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Fills what the trees of a ranking model look at, column by column.</summary>
static class RankingColumns
{
    /// <summary>Fills the scratch's columns for the rows chosen; the similarities are there already.</summary>
    public static void Fill(
        RankingModel model,
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        Scratch scratch,
        ReadOnlySpan<int> chosen
    )
    {
        Span<float> factors = stackalloc float[Candidate.Width];
        LearnedBlend.Factors(scratch.Candidates, factors);
        var columns = new Columns(scratch.Columns, chosen.Length);
        if (model.Vectors is null)
        {
            columns[RankingColumn.LikeLatest].Clear();
            columns[RankingColumn.LikeAll].Clear();
            columns[RankingColumn.LikeNext].Clear();
        }
        Shares(scratch, factors, chosen, columns);
        Products(request, index, scratch, chosen, columns);
        Seen(scratch, chosen, columns);
        History(request.Now, shopper, scratch, chosen, columns);
        Tastes(shopper, catalogue, scratch, chosen, columns);
        Visit(request, index, scratch, factors, columns);
    }

    /// <summary>The columns by name, as long as there are rows.</summary>
    readonly ref struct Columns(Span<float> all, int rows)
    {
        readonly Span<float> _all = all;

        public Span<float> this[RankingColumn column] => _all.Slice((int)column * RankingModel.Ranked, rows);
    }

    static void Shares(Scratch scratch, ReadOnlySpan<float> factors, ReadOnlySpan<int> chosen, Columns columns)
    {
        var values = scratch.Candidates.Values;
        for (var vote = 0; vote < Candidate.Votes; vote++)
        {
            var column = columns[(RankingColumn)vote];
            var factor = factors[vote];
            for (var i = 0; i < column.Length; i++)
                column[i] = values[(chosen[i] * Candidate.Width) + vote] * factor;
        }
    }

    static void Products(
        in RecommendationRequest request,
        ItemIndex index,
        Scratch scratch,
        ReadOnlySpan<int> chosen,
        Columns columns
    )
    {
        var popularity = index.Popularity;
        var keys = scratch.Candidates.Keys;
        var values = scratch.Candidates.Values;
        var perDay = popularity.Scale(PopularityKind.ViewsOfDay, request.Now);
        var perWeek = popularity.Scale(PopularityKind.ViewsOfWeek, request.Now);
        var perMonth = popularity.Scale(PopularityKind.ViewsOfMonth, request.Now);
        var ofDay = columns[RankingColumn.ViewsOfDay];
        var ofWeek = columns[RankingColumn.ViewsOfWeek];
        var ofMonth = columns[RankingColumn.ViewsOfMonth];
        var trend = columns[RankingColumn.Trend];
        var age = columns[RankingColumn.Age];
        var lift = columns[RankingColumn.Lift];
        for (var i = 0; i < chosen.Length; i++)
        {
            var product = keys[chosen[i]];
            var (day, week, month) = popularity.Views(product);
            (day, week, month) = (day * perDay, week * perWeek, month * perMonth);
            (ofDay[i], ofWeek[i], ofMonth[i]) = (day, week, month);
            var share = 1 / (month + 1);
            trend[i] = day * share;
            age[i] = index.Recent.Added(product) * share;
            lift[i] = values[(chosen[i] * Candidate.Width) + Candidate.NearLast] * share;
        }
    }

    static void Seen(Scratch scratch, ReadOnlySpan<int> chosen, Columns columns)
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        var times = columns[RankingColumn.Times];
        var lag = columns[RankingColumn.Lag];
        var since = columns[RankingColumn.Since];
        times.Clear();
        lag.Clear();
        since.Clear();
        for (var i = 0; i < query.Count; i++)
        {
            if (LearnedBlend.SeenRow(query, i, candidates) is not (>= 0 and var row))
                continue;
            var place = chosen.BinarySearch(row);
            if (place < 0)
                continue;
            (times[place], lag[place], since[place]) = (query.Times[i], query.Lags[i] + 1, query.Sinces[i] + 1);
        }
    }

    /// <summary>What the customer's earlier visits, purchases and favourites say.</summary>
    static void History(int now, in Shopper shopper, Scratch scratch, ReadOnlySpan<int> chosen, Columns columns)
    {
        var candidates = scratch.Candidates;
        var times = columns[RankingColumn.EarlierTimes];
        var visits = columns[RankingColumn.EarlierVisits];
        var since = columns[RankingColumn.EarlierSince];
        var carted = columns[RankingColumn.Carted];
        var bought = columns[RankingColumn.Bought];
        var boughtSince = columns[RankingColumn.BoughtSince];
        var favourite = columns[RankingColumn.Favourite];
        for (var column = RankingColumn.EarlierTimes; column <= RankingColumn.BoughtSince; column++)
            columns[column].Clear();
        Span<int> latest = stackalloc int[chosen.Length];
        latest.Clear();
        foreach (var touch in shopper.Touches)
        {
            var isEarlier = touch.Visit < shopper.Visit;
            if (!isEarlier && touch.Signal != Signal.CartAdd)
                continue;
            if (PlaceOf(touch.Product, candidates, chosen) is not (>= 0 and var place))
                continue;
            if (touch.Signal == Signal.CartAdd)
                carted[place]++;
            if (!isEarlier)
                continue;
            times[place]++;
            since[place] = Days(now, touch.Time);
            // Visits count from one, and those of the same number follow each other.
            if (latest[place] != touch.Visit)
                visits[place]++;
            latest[place] = touch.Visit;
        }
        foreach (var purchase in shopper.Purchases)
            if (PlaceOf(purchase.Product, candidates, chosen) is >= 0 and var place)
                (bought[place], boughtSince[place]) = (purchase.Count, Days(now, purchase.Last));
        foreach (var product in shopper.Favourites)
            if (PlaceOf(product, candidates, chosen) is >= 0 and var place)
                favourite[place] = 1;
    }

    static float Days(int now, int time) => 1 + (Math.Max(0, now - time) / 86_400f);

    /// <summary>How near it lies to the categories, brands and prices of the customer's acts.</summary>
    static void Tastes(in Shopper shopper, ProductCatalogue catalogue, Scratch scratch, ReadOnlySpan<int> chosen, Columns columns)
    {
        var (candidates, taste) = (scratch.Candidates, scratch.Taste);
        var category = columns[RankingColumn.CategoryShare];
        var brand = columns[RankingColumn.BrandShare];
        var price = columns[RankingColumn.PriceGap];
        taste.Collect(shopper.Touches, catalogue);
        if (taste.IsKnown)
        {
            for (var i = 0; i < chosen.Length; i++)
                (category[i], brand[i], price[i]) = taste.Of(candidates.Keys[chosen[i]], catalogue);
            return;
        }
        category.Clear();
        brand.Clear();
        price.Clear();
    }

    static int PlaceOf(int product, SparseTable candidates, ReadOnlySpan<int> chosen) =>
        candidates.RowOf(product) is >= 0 and var row ? chosen.BinarySearch(row) : -1;

    /// <summary>What is the same for all candidates.</summary>
    static void Visit(
        in RecommendationRequest request,
        ItemIndex index,
        Scratch scratch,
        ReadOnlySpan<float> factors,
        Columns columns
    )
    {
        var (query, candidates) = (scratch.Query, scratch.Candidates);
        var margin = columns[RankingColumn.Margin];
        var scores = scratch.Ranked.AsSpan(0, margin.Length);
        var (best, sum) = (float.NegativeInfinity, 0f);
        foreach (var score in scores)
            best = Math.Max(best, score);
        for (var i = 0; i < margin.Length; i++)
        {
            margin[i] = scores[i] - best;
            sum += MathF.Exp(margin[i]);
        }
        var latest = query.Count > 0 ? query.Products[0] : -1;
        var row = query.Count > 0 ? candidates.RowOf(latest) : -1;
        columns[RankingColumn.Acts].Fill(query.Acts);
        columns[RankingColumn.Distinct].Fill(query.Count);
        columns[RankingColumn.LatestTimes].Fill(query.Count > 0 ? query.Times[0] : 0);
        columns[RankingColumn.Votes].Fill(factors[Candidate.Knn] > 0 ? 1 / factors[Candidate.Knn] : 0);
        columns[RankingColumn.LatestViews]
            .Fill(index.Popularity.Views(latest).Month * index.Popularity.Scale(PopularityKind.ViewsOfMonth, request.Now));
        columns[RankingColumn.Again].Fill(row >= 0 ? candidates.Row(row)[Candidate.NextLast] : 0);
        columns[RankingColumn.Certainty].Fill(1 / sum);
    }
}

using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>How a ranking is trained.</summary>
public sealed record RankingTrainingSettings
{
    /// <summary>Share of the visits, at the end, whose clicks are questions to learn from. The default is 0.4.</summary>
    public double Share { get; init; } = 0.4;

    /// <summary>Share of the visits that the index lags behind: 0.08 learns to rank with an index that stands still for so long,
    /// as at an evaluation; a small one learns to rank live. The default is 0.08.</summary>
    public double Block { get; init; } = 0.08;

    /// <summary>Share of the visits, at the end, on which is tuned how long the trees grow: at most half of them judge, the others are
    /// learned from like all before. The default is 0.08.</summary>
    public double Validation { get; init; } = 0.08;

    /// <summary>Most lists the blend is learned from. The default is 5,000.</summary>
    public int BlendLists { get; init; } = 5_000;

    /// <summary>Most lists the trees are learned from. The default is 120,000.</summary>
    public int TreeLists { get; init; } = 120_000;

    /// <summary>Of all generators. The default is 1.</summary>
    public int Seed { get; init; } = 1;

    public SessionVectorSettings Vectors { get; init; } = new();

    public SymmetricBoostingSettings Trees { get; init; } = new();
}

/// <summary>A ranking in the stages of its making.</summary>
public sealed record TrainedRanking(RankingModel Blend, RankingModel Similarity, RankingModel Full, double Seconds);

/// <summary>
/// Learns a ranking from what was done: replays it through the index that serves, asks before it counts, and learns which of the
/// candidates came next. No question sees its own answer or anything after it.
/// </summary>
public sealed class RankingTraining(
    ClickLog log,
    ProductCatalogue catalogue,
    RankingTrainingSettings settings,
    Action<string>? progress = null
)
{
    const float FarBehind = 3.5f; // in logarithms of chance, behind the best

    const int EnoughHeld = 4_000; // lists that tell when to stop

    const int Similarities = 3; // the last of the blend's columns
    const int AskedAtOnce = 32,
        MaxWaiting = 4096; // questions: for a core, and for all of them

    readonly System.Diagnostics.Stopwatch _watch = System.Diagnostics.Stopwatch.StartNew();

    /// <summary>Fewer questions with an answer among the candidates teach nothing.</summary>
    public const int MinLists = 300;

    /// <summary>Trains a model of that name; null where the data are too few.</summary>
    public TrainedRanking? Run(string version)
    {
        var blocks = Blocks();
        // Those that serve know all visits; those that are learned with know none of the answers.
        var serving = Task.Run(() => SessionVectors.Learn(log, log.Count, settings.Seed, settings.Vectors));
        var before = SessionVectors.Learn(log, blocks[0], settings.Seed, settings.Vectors);
        Report("vectors of what came before");
        var vectors = Model(version, new float[Candidate.Width], new float[LearnedBlend.Weighed], before, null);
        var clicks = Learn(Objective.Click, blocks, vectors);
        var carts = Learn(Objective.CartAdd, blocks, vectors);
        var purchases = Learn(Objective.Purchase, blocks, vectors);
        // A shop may have sent its orders and nothing else: what could be learned stands in for what could not.
        if ((clicks ?? carts ?? purchases) is not { } first)
            return null;
        var final = serving.GetAwaiter().GetResult();
        var blend = Model(version, first.Mixture, first.Blend, null, null);
        var alike = first.ToModel(version, final, withTrees: false);
        var full = first.ToModel(version, final).With(carts?.ToModel(version, final), purchases?.ToModel(version, final));
        return new(blend, alike, full, _watch.Elapsed.TotalSeconds);
    }

    /// <summary>What is learned for one objective.</summary>
    sealed record Learned(float[] Mixture, float[] Blend, float[] Alike, SymmetricTrees Trees)
    {
        public RankingModel ToModel(string version, ItemVectors? vectors, bool withTrees = true) =>
            Model(version, Mixture, Alike, vectors, withTrees ? Trees : null);
    }

    /// <summary>Null where the questions of that objective are too few.</summary>
    Learned? Learn(Objective objective, int[] blocks, RankingModel vectors)
    {
        var lists = Gather(objective, blocks, settings.BlendLists, LearnedBlend.Weighed, CollectShares, vectors).Lists;
        if (lists.Lists < MinLists)
            return null;
        var mixture = Mixture.Fit(lists, Candidate.Votes, LearnedBlend.Nothing);
        Report("mixture: " + string.Join(' ', mixture.Select(weight => $"{weight:0.000}")));
        Mixture.Put(lists, mixture, Candidate.Due, LearnedBlend.Nothing);
        var blend = ListwiseRegression.Fit(lists, LearnedBlend.Weighed - Similarities);
        var alike = ListwiseRegression.Fit(lists, LearnedBlend.Weighed, blend);
        Report("blend: " + string.Join(' ', alike.Select(weight => $"{weight:0.00}")));
        var early = Model(vectors.Version, mixture, alike, vectors.Vectors, null);
        var gathered = GatherColumns(early, objective);
        return new(mixture, blend, alike, Grow(gathered.Lists, gathered.Held));
    }

    void Report(string what) => progress?.Invoke($"{_watch.Elapsed.TotalSeconds, 6:0.0} s  {what}");

    static RankingModel Model(string version, float[] mixture, float[] weights, ItemVectors? vectors, SymmetricTrees? trees) =>
        new(
            version,
            mixture,
            weights.AsSpan(0, Candidate.Width),
            weights.AsSpan(Candidate.Width, 3),
            weights.AsSpan(Candidate.Width + 3, 3),
            vectors,
            trees
        );

    SymmetricTrees Grow(CandidateLists columns, bool[] held)
    {
        if (!held.Contains(true))
            held = [.. held.Select((_, list) => list % 10 == 7)]; // the last visits were too few
        var binned = new BinnedLists(columns);
        var trees = new SymmetricBoosting(binned, (int)RankingColumn.Margin, held, settings.Trees);
        double best = trees.HeldOutLoss(),
            first = best;
        int rounds = 0;
        while (trees.Rounds < settings.Trees.Rounds && trees.Rounds - rounds < settings.Trees.Patience)
        {
            trees.Boost();
            double loss = trees.HeldOutLoss();
            if (loss < best)
                (best, rounds) = (loss, trees.Rounds);
        }
        Report(
            $"{rounds} trees of {columns.Lists} lists, {columns.Rows} rows: loss on {held.Count(isHeld => isHeld)} held out {first:0.0000} -> {best:0.0000}"
        );
        // What judged how many is the newest there is, and most like what comes next: now it is learned from too.
        var all = new SymmetricBoosting(binned, (int)RankingColumn.Margin, new bool[held.Length], settings.Trees);
        while (all.Rounds < rounds)
            all.Boost();
        Report("grown again on all of them");
        return all.ToTrees(rounds);
    }

    /// <summary>Clicks at which the index catches up; between them it stands still.</summary>
    int[] Blocks()
    {
        int count = Math.Max(1, (int)Math.Round(settings.Share / settings.Block));
        return [.. Enumerable.Range(0, count).Select(i => log.StartOfLast(settings.Share * (count - i) / count)), log.Count];
    }

    internal delegate bool Collecting(
        RankingModel model,
        Prefix prefix,
        in RecommendationRequest request,
        ItemIndex index,
        CandidateLists lists
    );

    /// <summary>Replays the clicks and gathers the lists of a sample of the questions.</summary>
    Gathered Gather(Objective objective, int[] blocks, int most, int columns, Collecting collect, RankingModel model)
    {
        var lists = new CandidateLists(columns);
        var index = new ItemIndex(new(), catalogue);
        var random = new Random(settings.Seed);
        // Almost every act is a click that answers a question; of all questions some three in four find theirs among the candidates.
        int questions = objective == Objective.Click ? log.Count - blocks[0] - 1 : log.Questions(blocks[0], objective).Count();
        double share = Math.Min(1, most / 0.65 / Math.Max(1, questions));
        var answered = new List<(int At, ulong Session)>();
        int asked = 0,
            block = 0,
            known = 0,
            now = 0;
        var waiting = new List<(int At, Prefix Prefix)>();
        void CatchUp(int act)
        {
            asked += waiting.Count;
            AskAll(waiting, now, index, model, lists, collect, answered);
            waiting.Clear();
            log.Replay(index, known, act);
            known = act;
            now = log[Math.Max(0, act - 1)].Time;
        }
        CatchUp(blocks[0]);
        foreach (var question in log.Questions(blocks[0], objective))
        {
            while (block + 2 < blocks.Length && question.At >= blocks[block + 1])
                CatchUp(blocks[++block]);
            // Orders are few, and most are of what was looked at lately: no visit may be missing.
            if (objective == Objective.Purchase)
                CatchUp(question.At);
            if (random.NextDouble() < share)
                waiting.Add((question.At, question.ToPrefix()));
            if (waiting.Count == MaxWaiting)
                CatchUp(known);
        }
        CatchUp(known);
        Report(
            $"{objective}: {asked} questions, {lists.Lists} with their answer among {lists.Rows / Math.Max(1, lists.Lists)} candidates"
        );
        return new(lists, HeldOut(answered), [.. answered.Select(question => question.At)]);
    }

    /// <summary>Whole visits of the last: half of them, or fewer where that is enough.</summary>
    bool[] HeldOut(List<(int At, ulong Session)> answered)
    {
        int judged = log.StartOfLast(settings.Validation);
        ulong one = (ulong)Math.Max(2, answered.Count(question => question.At >= judged) / EnoughHeld);
        return [.. answered.Select(question => question.At >= judged && question.Session % one == 0)];
    }

    /// <summary>Asks questions on all cores while the index stands still; the lists come in the order of the questions.</summary>
    void AskAll(
        List<(int At, Prefix Prefix)> questions,
        int now,
        ItemIndex index,
        RankingModel model,
        CandidateLists lists,
        Collecting collect,
        List<(int At, ulong Session)> answered
    )
    {
        var parts = new (CandidateLists Lists, List<int> Found)[(questions.Count + AskedAtOnce - 1) / AskedAtOnce];
        Parallel.For(0, parts.Length, number =>
        {
            var part = parts[number] = (new(lists.Columns), []);
            for (int i = number * AskedAtOnce; i < Math.Min(questions.Count, (number + 1) * AskedAtOnce); i++)
            {
                var prefix = questions[i].Prefix;
                Ask(prefix, now, model.Sources, index, out var request);
                if (collect(model, prefix, request, index, part.Lists))
                    part.Found.Add(i);
            }
        });
        foreach (var part in parts)
        {
            lists.AddAll(part.Lists);
            answered.AddRange(part.Found.Select(i => (questions[i].At, questions[i].Prefix.Session)));
        }
    }

    /// <summary>Lists; whether each is held out; number of the act that answers each.</summary>
    internal sealed record Gathered(CandidateLists Lists, bool[] Held, int[] Acts);

    /// <summary>The rows that the trees learn from, with the columns as the model makes them.</summary>
    internal Gathered GatherColumns(RankingModel model, Objective objective = Objective.Click) =>
        Gather(objective, Blocks(), settings.TreeLists, RankingModel.Columns, CollectColumns, model);

    void Ask(Prefix prefix, int now, BlendWeights sources, ItemIndex index, out RecommendationRequest request)
    {
        request = prefix.ToRequest(now, 20);
        var shopper = prefix.ToShopper();
        var scratch = Scratch.OfThread;
        scratch.Query.Collect(request, shopper, sources);
        Candidates.Collect(request, shopper, index, catalogue, sources, scratch);
        Candidates.Extend(request, index, Personal.MayReturn(request.Placement), scratch);
    }

    static bool CollectShares(
        RankingModel model,
        Prefix prefix,
        in RecommendationRequest request,
        ItemIndex index,
        CandidateLists lists
    )
    {
        var scratch = Scratch.OfThread;
        int target = scratch.Candidates.RowOf(prefix.Next);
        if (target < 0)
            return false;
        var rows = lists.Add(scratch.Candidates.Count, target);
        LearnedBlend.Explain(model, scratch, rows);
        return true;
    }

    bool CollectColumns(
        RankingModel model,
        Prefix prefix,
        in RecommendationRequest request,
        ItemIndex index,
        CandidateLists lists
    )
    {
        var scratch = Scratch.OfThread;
        int row = scratch.Candidates.RowOf(prefix.Next);
        if (row < 0)
            return false;
        var chosen = LearnedBlend.Choose(model, scratch);
        RankingColumns.Fill(model, request, prefix.ToShopper(), index, catalogue, scratch, chosen);
        int target = chosen.IndexOf(row);
        if (target < 0)
            return false;
        Span<int> kept = stackalloc int[RankingModel.Ranked];
        Span<float> weights = stackalloc float[RankingModel.Ranked];
        int count = 0;
        for (int i = 0; i < chosen.Length; i++)
        {
            // Of those far behind, one in four stands for all four.
            bool far = i != target && scratch.Columns[((int)RankingColumn.Margin * RankingModel.Ranked) + i] < -FarBehind;
            if (!far || (scratch.Candidates.Keys[chosen[i]] + i) % 4 == 0)
                (kept[count], weights[count++]) = (i, far ? 4 : 1);
        }
        var rows = lists.Add(count, kept[..count].IndexOf(target), weights);
        for (int i = 0; i < count; i++)
        for (int column = 0; column < RankingModel.Columns; column++)
            rows[(i * RankingModel.Columns) + column] = scratch.Columns[(column * RankingModel.Ranked) + kept[i]];
        return true;
    }
}

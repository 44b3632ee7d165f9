using Personalization.Models;

namespace Personalization.Churn;

/// <summary>
/// Everything that serving needs to judge a customer: trees, calibration, horizon, warning threshold. Immutable; the same for any
/// number of customers at once.
/// </summary>
public sealed class ChurnModel : IStoredModel<ChurnModel>
{
    const int Magic = 0x4E524843; // "CHRN"

    // 2: isotonic calibration and terms beside the trees. Files of format 1 have neither.
    const int Format = 2;

    // Rows that trees, terms and calibration see one after the other while they are near the processor.
    const int Block = 512;

    ChurnModel(string version, int horizonDays, float threshold, PopulationRates population)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizonDays);
        (Version, HorizonDays, Threshold, Population) = (version, horizonDays, threshold, population);
    }

    /// <param name="version">Names it in the registry and in every warning it raises.</param>
    /// <param name="horizonDays">Days without a purchase that count as churn.</param>
    /// <param name="threshold">Risk from which a customer is warned of.</param>
    /// <param name="forest">Trees over <see cref="ChurnFeatures.All"/>.</param>
    /// <param name="calibration">From the forest's score to a probability.</param>
    /// <param name="population">What customers with little history are drawn towards.</param>
    /// <param name="terms">What else makes up the score; null: trees alone.</param>
    public ChurnModel(
        string version,
        int horizonDays,
        float threshold,
        Forest forest,
        Calibration calibration,
        PopulationRates population,
        RiskTerms? terms = null
    )
        : this(version, horizonDays, threshold, population)
    {
        if (forest.Features != ChurnFeatures.Count)
            throw new ArgumentException("The forest does not score the columns of ChurnFeatures.", nameof(forest));
        (Forest, Calibration, Terms) = (forest, calibration, terms);
    }

    /// <summary>Before any training, and for shops too young for it: the rule "rhythm-1" (silence against own gaps).</summary>
    public static ChurnModel Untrained { get; } = new(SilenceRule.Version, 90, SilenceRule.Threshold, new(90, 0, 0));

    public string Version { get; }

    /// <summary>Days without a purchase that count as churn.</summary>
    public int HorizonDays { get; }

    /// <summary>Risk from which a customer is warned of.</summary>
    public float Threshold { get; }

    public PopulationRates Population { get; }

    /// <summary>Null when untrained; without trees where the score is made of terms alone.</summary>
    public Forest? Forest { get; }

    /// <summary>What makes up the score beside the trees; null: nothing.</summary>
    public RiskTerms? Terms { get; }

    public Calibration Calibration { get; } = Calibration.None;

    /// <summary>
    /// Risk, value and state of a customer at <paramref name="now"/> (unix seconds); later events are not seen. Null for
    /// customers without purchases, who cannot churn. Allocates nothing.
    /// </summary>
    /// <param name="history">The customer.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="value">What customers who stay spend, by the shop's value model; null: by its averages.</param>
    public Assessment? Assess(in ChurnHistory history, int now, ValueModel? value = null)
    {
        var known = history.Before(now);
        if (known.Purchases.IsEmpty)
            return null;
        using var days = new PurchaseDays(known.Purchases);
        Span<float> row = stackalloc float[ChurnFeatures.Count];
        ChurnFeatures.Compute(known, days, now, row);
        float risk = Risk(row);
        bool lost = IsLost(row, HorizonDays);
        int bought = days.Days.Length,
            span = days.Last - days.First;
        double staying =
            PurchaseDays.E4
            * (
                value is null
                    ? ExpectedSpend.IfStaying(bought, span, NetSpend(known), Population, HorizonDays)
                    : value.IfStaying(BuyingRecord.Of(row), NetSpend(known), HorizonDays)
            );
        long due = (long)((days.Last + 1 / ExpectedSpend.Rate(bought, span, Population)) * ChurnHistory.Day);
        return new(
            risk,
            risk >= Threshold && !lost,
            lost,
            (long)((1 - risk) * staying),
            (long)(risk * staying),
            (int)Math.Min(due, int.MaxValue)
        );
    }

    static double NetSpend(in ChurnHistory known)
    {
        long net = 0;
        foreach (ref readonly var purchase in known.Purchases)
            net += purchase.Amount;
        foreach (ref readonly var item in known.Returns)
            net -= item.Amount;
        return net / PurchaseDays.E4;
    }

    /// <summary>
    /// Why the risk is what it is: up to <paramref name="most"/> sentences for a marketer, the strongest first. Only what
    /// raises the risk is named.
    /// </summary>
    public string[] Reasons(in ChurnHistory history, int now, int most = 3) =>
        ChurnReasons.Of(this, history.Before(now), now, most);

    /// <summary>
    /// When, if nothing more happens, the customer is first to be warned of: unix seconds, <paramref name="now"/> itself when
    /// already at risk, null when that does not come within <paramref name="untilDays"/> (or they are lost before). Risk
    /// changes with the UTC date only, and with trees it may fall again in silence: every midnight is looked at, in order.
    /// </summary>
    public int? NextCrossing(in ChurnHistory history, int now, int untilDays = 400)
    {
        var known = history.Before(now);
        if (known.Purchases.IsEmpty)
            return null;
        using var days = new PurchaseDays(known.Purchases);
        Span<float> row = stackalloc float[ChurnFeatures.Count];
        long time = now;
        for (int day = 0; day <= untilDays && time <= int.MaxValue; day++)
        {
            ChurnFeatures.Compute(known, days, (int)time, row);
            if (IsLost(row, HorizonDays))
                return null;
            if (Risk(row) >= Threshold)
                return (int)time;
            time = (time / ChurnHistory.Day + 1) * ChurnHistory.Day;
        }
        return null;
    }

    /// <summary>
    /// Whether a warning comes too late: the silence is longer than two horizons and the customer's own longest gap together.
    /// </summary>
    /// <param name="row">Of <see cref="ChurnFeatures"/>.</param>
    /// <param name="horizonDays">Of the model.</param>
    public static bool IsLost(ReadOnlySpan<float> row, int horizonDays)
    {
        float longest = row[(int)ChurnFeature.GapMax];
        return row[(int)ChurnFeature.Recency] > 2 * horizonDays + (float.IsNaN(longest) ? 0 : longest);
    }

    /// <summary>Probability of churn of a row of <see cref="ChurnFeatures"/>.</summary>
    public float Risk(ReadOnlySpan<float> row) =>
        Forest is null
            ? SilenceRule.Risk(row, HorizonDays)
            : (float)Calibration.Probability(Forest.Score(row) + (Terms?.Score(row) ?? 0));

    /// <summary>
    /// What each column adds to the log-odds of a row, counted from the mean score: exact SHAP values of the trees, and the
    /// terms as they are.
    /// </summary>
    /// <param name="row">Of <see cref="ChurnFeatures"/>.</param>
    /// <param name="contributions">One per column; all 0 where the model is untrained.</param>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        contributions.Clear();
        if (Forest is null)
            return;
        TreeShap.Explain(Forest, row, contributions);
        Terms?.Explain(row, contributions);
        foreach (ref double contribution in contributions)
            contribution *= Calibration.Slope;
    }

    /// <summary>The same of many rows.</summary>
    /// <param name="rows">Row after row, <see cref="ChurnFeatures.Count"/> values each.</param>
    /// <param name="risks">One per row.</param>
    public void Risk(ReadOnlySpan<float> rows, Span<double> risks)
    {
        if (Forest is null)
        {
            for (int i = 0; i < risks.Length; i++)
                risks[i] = Risk(rows.Slice(i * ChurnFeatures.Count, ChurnFeatures.Count));
            return;
        }
        for (; !risks.IsEmpty; risks = risks[Math.Min(Block, risks.Length)..])
        {
            var block = risks[..Math.Min(Block, risks.Length)];
            var some = rows[..(block.Length * ChurnFeatures.Count)];
            Forest.Score(some, block);
            Terms?.AddTo(some, block);
            Calibration.Probability(block);
            foreach (ref double risk in block)
                risk = (float)risk;
            rows = rows[some.Length..];
        }
    }

    /// <summary>Writes what <see cref="Load(Stream)"/> reads: a format number, the features' names, the trees, the terms.</summary>
    /// <exception cref="InvalidOperationException">The model is untrained.</exception>
    public void Save(Stream stream)
    {
        if (Forest is null)
            throw new InvalidOperationException("An untrained model is not saved.");
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Format);
        writer.Write(Version);
        writer.Write(HorizonDays);
        writer.Write(Threshold);
        writer.Write(Calibration.Slope);
        writer.Write(Calibration.Offset);
        writer.Write(Calibration.Scores?.Length ?? 0);
        for (int i = 0; i < (Calibration.Scores?.Length ?? 0); i++)
        {
            writer.Write(Calibration.Scores![i]);
            writer.Write(Calibration.Risks![i]);
        }
        writer.Write(Population.DaysPerPurchase);
        writer.Write(Population.SpendPerPurchase);
        writer.Write(Population.SpendWeight);
        writer.Write(ChurnFeatures.Count);
        foreach (var feature in ChurnFeatures.All)
            writer.Write(feature.Name);
        Forest.Save(writer);
        (Terms ?? new([], null, HorizonDays)).Save(writer);
    }

    /// <exception cref="InvalidDataException">
    /// Not a churn model, of a format unknown here, damaged, or made of a feature that is not known here.
    /// </exception>
    public static ChurnModel Load(Stream stream)
    {
        using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        try
        {
            return Load(reader);
        }
        catch (Exception problem) when (problem is EndOfStreamException or ArgumentException or FormatException)
        {
            throw new InvalidDataException("This churn model's file is damaged.", problem);
        }
    }

    static ChurnModel Load(BinaryReader reader)
    {
        if (reader.ReadInt32() != Magic)
            throw new InvalidDataException("This is not a churn model.");
        int format = reader.ReadInt32();
        if (format is < 1 or > Format)
            throw new InvalidDataException($"This churn model has format {format}; only formats 1 to {Format} are known here.");
        var (version, horizon, threshold) = (reader.ReadString(), reader.ReadInt32(), reader.ReadSingle());
        var calibration = new Calibration(reader.ReadDouble(), reader.ReadDouble());
        if (format > 1 && Points(reader) is (var scores, var risks))
            calibration = calibration with { Scores = scores, Risks = risks };
        var population = new PopulationRates(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        int count = reader.ReadInt32();
        if (count is < 0 or > short.MaxValue)
            throw new InvalidDataException("This churn model's file is damaged.");
        var columns = new short[count];
        for (int i = 0; i < count; i++)
            columns[i] = Column(reader.ReadString());
        var forest = Forest.Load(reader, columns, ChurnFeatures.Count);
        var terms = format > 1 ? RiskTerms.Load(reader, columns, horizon) : null;
        return new(
            version,
            horizon,
            threshold,
            forest,
            calibration,
            population,
            terms is { Features.Length: 0, Silence: null } ? null : terms
        );
    }

    static (double[] Scores, double[] Risks)? Points(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count is < 0 or > 100_000)
            throw new InvalidDataException("This churn model's file is damaged.");
        if (count == 0)
            return null;
        var (scores, risks) = (new double[count], new double[count]);
        for (int i = 0; i < count; i++)
            (scores[i], risks[i]) = (reader.ReadDouble(), reader.ReadDouble());
        return (scores, risks);
    }

    // A model may know fewer features than the code, in another order; never one that the code does not compute.
    static short Column(string name)
    {
        foreach (var feature in ChurnFeatures.All)
            if (feature.Name == name)
                return (short)feature.Feature;
        throw new InvalidDataException($"This churn model uses the feature \"{name}\", which is not known here.");
    }
}

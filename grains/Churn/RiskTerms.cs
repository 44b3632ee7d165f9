using System.Runtime.Intrinsics;
using Lanes = System.Runtime.Intrinsics.Vector256<double>;

namespace Personalization.Churn;

/// <summary>A feature that moves the score in proportion, as in a logistic regression; one that is missing moves nothing.</summary>
/// <param name="Feature">Which.</param>
/// <param name="Log">Of log(1 + value), values below 0 counting as 0; else of the value itself.</param>
/// <param name="Center">What is usual, on that scale: it adds 0.</param>
/// <param name="Weight">Log-odds per unit of that scale.</param>
public readonly record struct FeatureTerm(ChurnFeature Feature, bool Log, double Center, double Weight)
{
    /// <summary>What values of the feature add.</summary>
    internal Lanes Of(Lanes values)
    {
        var scaled = Log ? Vector256.Log(Vector256.Max(values, Lanes.Zero) + Lanes.One) : values;
        return Vector256.ConditionalSelect(
            Vector256.Equals(values, values),
            Vector256.Create(Weight) * (scaled - Vector256.Create(Center)),
            Lanes.Zero
        );
    }
}

/// <summary>What the shop's rhythm says about a silence: the log-odds of no purchase within the horizon by BG/NBD.</summary>
/// <param name="Buying">The shop's customers.</param>
/// <param name="Center">What is usual, log-odds: it adds 0.</param>
/// <param name="Weight">Log-odds per log-odds.</param>
public readonly record struct SilenceTerm(BgNbd Buying, double Center, double Weight)
{
    /// <summary>Log-odds of no purchase within <paramref name="horizonDays"/>.</summary>
    public double LogOdds(in BuyingRecord record, int horizonDays) =>
        LogOdds(
            Vector256.Create((double)record.Repeats),
            Vector256.Create(record.LastWeek),
            Vector256.Create(record.Weeks),
            horizonDays
        )[0];

    internal Lanes LogOdds(Lanes repeats, Lanes lastWeek, Lanes weeks, int horizonDays)
    {
        var logOdds = Vector256.Log(Buying.OddsOfNoPurchase(repeats, lastWeek, weeks, horizonDays / BuyingRecord.Week));
        // No probability is nearer to 0 or 1 than one in a million.
        double surest = Math.Log((1 - 1e-6) / 1e-6);
        return Vector256.Clamp(logOdds, Vector256.Create(-surest), Vector256.Create(surest));
    }
}

/// <summary>The part of a score that is no trees: a logistic regression, a population model, or both.</summary>
/// <param name="features">May be empty.</param>
/// <param name="silence">Null: none.</param>
/// <param name="horizonDays">Of the model.</param>
public sealed class RiskTerms(FeatureTerm[] features, SilenceTerm? silence, int horizonDays)
{
    public ReadOnlySpan<FeatureTerm> Features => features;

    public SilenceTerm? Silence => silence;

    /// <summary>Log-odds that a row of <see cref="ChurnFeatures"/> adds.</summary>
    public double Score(ReadOnlySpan<float> row) => Score(row, row, row, row)[0];

    /// <summary>Adds to scores what their rows add: four at once, to the same last bit.</summary>
    /// <param name="rows">Row after row, <see cref="ChurnFeatures.Count"/> values each.</param>
    /// <param name="scores">One per row.</param>
    public void AddTo(ReadOnlySpan<float> rows, Span<double> scores)
    {
        int first = 0,
            width = ChurnFeatures.Count;
        for (; first + Lanes.Count <= scores.Length; first += Lanes.Count, rows = rows[(Lanes.Count * width)..])
        {
            var added = Score(rows[..width], rows[width..], rows[(2 * width)..], rows[(3 * width)..]);
            (Vector256.Create<double>(scores[first..]) + added).CopyTo(scores[first..]);
        }
        for (; first < scores.Length; first++, rows = rows[width..])
            scores[first] += Score(rows);
    }

    Lanes Score(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d)
    {
        var score = Lanes.Zero;
        foreach (ref readonly var term in features.AsSpan())
            score += term.Of(Of(term.Feature, a, b, c, d));
        if (silence is { } rhythm)
            score += Vector256.Create(rhythm.Weight) * (LogOdds(rhythm, a, b, c, d) - Vector256.Create(rhythm.Center));
        return score;
    }

    // Of rows, as BuyingRecord.Of sees them.
    Lanes LogOdds(
        in SilenceTerm rhythm,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d
    )
    {
        var week = Vector256.Create(BuyingRecord.Week);
        return rhythm.LogOdds(
            Of(ChurnFeature.PurchaseDays, a, b, c, d) - Lanes.One,
            Of(ChurnFeature.RepeatSpan, a, b, c, d) / week,
            Of(ChurnFeature.Tenure, a, b, c, d) / week,
            horizonDays
        );
    }

    static Lanes Of(
        ChurnFeature feature,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d
    )
    {
        int column = (int)feature;
        return Vector256.Create((double)a[column], b[column], c[column], d[column]);
    }

    /// <summary>Adds to each column what it contributes; in sum the row's <see cref="Score(ReadOnlySpan{float})"/>.</summary>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        foreach (ref readonly var term in features.AsSpan())
            contributions[(int)term.Feature] += term.Of(Vector256.Create((double)row[(int)term.Feature]))[0];
        if (silence is not { } rhythm)
            return;
        // The risk of the same customer, had they bought today, is due to how often they buy; the rest to the silence.
        var record = BuyingRecord.Of(row);
        double now = rhythm.LogOdds(record, horizonDays),
            fresh = rhythm.LogOdds(record with { LastWeek = record.Weeks }, horizonDays);
        contributions[(int)ChurnFeature.PurchaseDays] += rhythm.Weight * (fresh - rhythm.Center);
        contributions[(int)ChurnFeature.Recency] += rhythm.Weight * (now - fresh);
    }

    internal void Save(BinaryWriter writer)
    {
        writer.Write(features.Length);
        foreach (var term in features)
        {
            writer.Write((short)term.Feature);
            writer.Write(term.Log);
            writer.Write(term.Center);
            writer.Write(term.Weight);
        }
        writer.Write(silence is not null);
        if (silence is not { } rhythm)
            return;
        foreach (
            double value in (double[])
                [rhythm.Buying.R, rhythm.Buying.Alpha, rhythm.Buying.A, rhythm.Buying.B, rhythm.Center, rhythm.Weight]
        )
            writer.Write(value);
        writer.Write(rhythm.Buying.Modified);
    }

    /// <exception cref="InvalidDataException">Damaged.</exception>
    internal static RiskTerms Load(BinaryReader reader, ReadOnlySpan<short> columns, int horizonDays)
    {
        int count = reader.ReadInt32();
        if (count is < 0 or > short.MaxValue)
            throw new InvalidDataException("This churn model's file is damaged.");
        var features = new FeatureTerm[count];
        for (int i = 0; i < count; i++)
        {
            short column = reader.ReadInt16();
            if (column < 0 || column >= columns.Length)
                throw new InvalidDataException("A term of this model is of a feature that the file does not name.");
            features[i] = new((ChurnFeature)columns[column], reader.ReadBoolean(), reader.ReadDouble(), reader.ReadDouble());
        }
        if (!reader.ReadBoolean())
            return new(features, null, horizonDays);
        var (r, alpha, a, b) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        var (center, weight) = (reader.ReadDouble(), reader.ReadDouble());
        return new(features, new(new(r, alpha, a, b, reader.ReadBoolean()), center, weight), horizonDays);
    }
}

namespace Personalization.Churn;

/// <summary>A feature that moves the score in proportion, as in a logistic regression; one that is missing moves nothing.</summary>
/// <param name="Feature">Which.</param>
/// <param name="Log">Of log(1 + value), values below 0 counting as 0; else of the value itself.</param>
/// <param name="Center">What is usual, on that scale: it adds 0.</param>
/// <param name="Weight">Log-odds per unit of that scale.</param>
public readonly record struct FeatureTerm(ChurnFeature Feature, bool Log, double Center, double Weight)
{
    internal double Of(ReadOnlySpan<float> row)
    {
        float value = row[(int)Feature];
        return float.IsNaN(value) ? 0 : Weight * ((Log ? Math.Log(1 + Math.Max(0, value)) : value) - Center);
    }
}

/// <summary>What the shop's rhythm says of a silence: the log-odds of no purchase within the horizon by BG/NBD.</summary>
/// <param name="Buying">The shop's customers.</param>
/// <param name="Center">What is usual, log-odds: it adds 0.</param>
/// <param name="Weight">Log-odds per log-odds.</param>
public readonly record struct SilenceTerm(BgNbd Buying, double Center, double Weight)
{
    /// <summary>Log-odds of no purchase within <paramref name="horizonDays"/>.</summary>
    public double LogOdds(in BuyingRecord record, int horizonDays)
    {
        double p = Math.Clamp(Buying.NoPurchase(record, horizonDays / BuyingRecord.Week), 1e-6, 1 - 1e-6);
        return Math.Log(p / (1 - p));
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
    public double Score(ReadOnlySpan<float> row)
    {
        double score = 0;
        foreach (ref readonly var term in features.AsSpan())
            score += term.Of(row);
        if (silence is { } rhythm)
            score += rhythm.Weight * (rhythm.LogOdds(BuyingRecord.Of(row), horizonDays) - rhythm.Center);
        return score;
    }

    /// <summary>Adds to each column what it contributes; in sum the row's <see cref="Score"/>.</summary>
    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        foreach (ref readonly var term in features.AsSpan())
            contributions[(int)term.Feature] += term.Of(row);
        if (silence is not { } rhythm)
            return;
        // What the same customer would be held for who had bought today is due to how often they buy; the rest to the silence.
        var record = BuyingRecord.Of(row);
        double now = rhythm.LogOdds(record, horizonDays), fresh = rhythm.LogOdds(record with { LastWeek = record.Weeks }, horizonDays);
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
        foreach (double value in (double[])[rhythm.Buying.R, rhythm.Buying.Alpha, rhythm.Buying.A, rhythm.Buying.B, rhythm.Center, rhythm.Weight])
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

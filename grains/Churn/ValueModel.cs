using Personalization.Models;

namespace Personalization.Churn;

/// <summary>
/// How the shop's customers buy and what they spend, fitted to all of them: purchases and value to come, and when the next
/// purchase is due. Immutable.
/// </summary>
public sealed class ValueModel(string version, BgNbd buying, GammaGamma spending) : IStoredModel<ValueModel>
{
    const int Magic = 0x554C4156; // "VALU"
    const int Format = 1;

    public string Version { get; } = version;

    public BgNbd Buying { get; } = buying;

    public GammaGamma Spending { get; } = spending;

    /// <summary>One customer's forecast; null for customers without purchases.</summary>
    /// <param name="history">Events at or after <paramref name="now"/> are not seen.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="horizonDays">How far to look.</param>
    public CustomerForecast? Forecast(in ChurnHistory history, int now, int horizonDays) =>
        CustomerForecast.Of(Buying, Spending, history, now, horizonDays);

    /// <summary>
    /// Units of currency within the horizon, given that at least one purchase falls into it.
    /// </summary>
    /// <param name="record">The customer's purchase days.</param>
    /// <param name="netSpend">Of all of them, less returns, units of currency.</param>
    /// <param name="horizonDays">How far to look.</param>
    public double IfStaying(in BuyingRecord record, double netSpend, int horizonDays)
    {
        double weeks = horizonDays / BuyingRecord.Week,
            some = 1 - Buying.NoPurchase(record, weeks);
        // For a customer who has almost certainly left: the first purchase back, and no more.
        double purchases = some > 1e-9 ? Math.Max(1, Buying.Expected(record, weeks) / some) : 1;
        return purchases * Spending.Expected(record.Repeats + 1, netSpend / (record.Repeats + 1));
    }

    /// <summary>Writes what <see cref="Load"/> reads.</summary>
    public void Save(Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Format);
        writer.Write(Version);
        foreach (double value in (double[])[Buying.R, Buying.Alpha, Buying.A, Buying.B, Spending.P, Spending.Q, Spending.Gamma])
            writer.Write(value);
        writer.Write(Buying.Modified);
    }

    /// <exception cref="InvalidDataException">Not a value model, of a format unknown here, or damaged.</exception>
    public static ValueModel Load(Stream stream)
    {
        using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        try
        {
            if (reader.ReadInt32() != Magic)
                throw new InvalidDataException("This is not a value model.");
            if (reader.ReadInt32() is var format && format != Format)
                throw new InvalidDataException($"This value model has format {format}; only format {Format} is known here.");
            string version = reader.ReadString();
            var numbers = new double[7];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = reader.ReadDouble();
            return numbers.All(number => number > 0 && double.IsFinite(number))
                ? new(
                    version,
                    new(numbers[0], numbers[1], numbers[2], numbers[3], reader.ReadBoolean()),
                    new(numbers[4], numbers[5], numbers[6])
                )
                : throw new InvalidDataException("This value model's file is damaged.");
        }
        catch (Exception problem) when (problem is EndOfStreamException or ArgumentException or FormatException)
        {
            throw new InvalidDataException("This value model's file is damaged.", problem);
        }
    }
}

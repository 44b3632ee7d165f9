namespace Personalization.Churn;

/// <summary>
/// Turns a forest's log-odds into a probability that keeps its word: sigmoid(slope * score + offset) (Platt, 1999).
/// </summary>
public readonly record struct Calibration(double Slope, double Offset)
{
    public static Calibration None { get; } = new(1, 0);

    public double Probability(double score) => 1 / (1 + Math.Exp(-(Slope * score + Offset)));
}

using System.Runtime.Intrinsics;

namespace Personalization.Churn;

/// <summary>
/// Turns a model's score into a calibrated probability: sigmoid(slope * score + offset) (Platt, 1999), or a rising
/// line through points (Zadrozny, Elkan: Transforming classifier scores into accurate multiclass probability estimates, 2002).
/// </summary>
/// <param name="Slope">Of the score.</param>
/// <param name="Offset">Log-odds where the score is 0.</param>
/// <param name="Scores">Ascending; null: the sigmoid alone. Else slope and offset only say how scores weigh about the middle.</param>
/// <param name="Risks">At each of <paramref name="Scores"/>, not falling. Between two the line is straight, beyond them flat.</param>
public readonly record struct Calibration(double Slope, double Offset, double[]? Scores = null, double[]? Risks = null)
{
    public static Calibration None { get; } = new(1, 0);

    /// <summary>"Platt" or "isotonic".</summary>
    public string Method => Scores is null ? "Platt" : "isotonic";

    public double Probability(double score) => Scores is null ? Sigmoid(Vector256.Create(score))[0] : Between(score);

    /// <summary>The same for many scores, each replaced by its probability.</summary>
    public void Probability(Span<double> scores)
    {
        int i = 0;
        for (; Scores is null && i + Vector256<double>.Count <= scores.Length; i += Vector256<double>.Count)
            Sigmoid(Vector256.Create<double>(scores[i..])).CopyTo(scores[i..]);
        for (; i < scores.Length; i++)
            scores[i] = Probability(scores[i]);
    }

    Vector256<double> Sigmoid(Vector256<double> scores) =>
        Vector256<double>.One
        / (Vector256<double>.One + Vector256.Exp(-(Vector256.Create(Slope) * scores + Vector256.Create(Offset))));

    double Between(double score)
    {
        int place = Array.BinarySearch(Scores!, score);
        if (place >= 0)
            return Risks![place];
        int above = ~place;
        if (above == 0 || above == Scores!.Length)
            return Risks![Math.Max(0, above - 1)];
        double share = (score - Scores[above - 1]) / (Scores[above] - Scores[above - 1]);
        return Risks![above - 1] + share * (Risks[above] - Risks[above - 1]);
    }
}

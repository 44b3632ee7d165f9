namespace Personalization.Recommendations.Filters;

/// <summary>What is wrong with a filter's text.</summary>
/// <param name="Position">Where, in characters from 0.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to write instead.</param>
public sealed record FilterError(int Position, string Message, string Remedy)
{
    public override string ToString() => $"at {Position}: {Message}; {Remedy}";
}

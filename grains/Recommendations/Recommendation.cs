namespace Personalization.Recommendations;

/// <summary>One product of an answer.</summary>
/// <param name="Product">Product number.</param>
/// <param name="Score">Comparable within one answer only.</param>
/// <param name="Reason">Why it is there.</param>
[GenerateSerializer, Immutable, Alias("recommendation")]
public readonly record struct Recommendation(int Product, float Score, Reason Reason);

/// <summary>How an answer was made.</summary>
/// <param name="Count">How many recommendations were written.</param>
/// <param name="Strategy">What was used, such as <c>session-knn+transitions</c> or <c>best-sellers</c>.</param>
public readonly record struct Answer(int Count, string Strategy);

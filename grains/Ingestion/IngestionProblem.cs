namespace Personalization.Ingestion;

/// <summary>
/// What could not be used of what came in, counted. <paramref name="Source"/>: how it came (<c>track</c>, <c>import</c> …);
/// <paramref name="Kind"/>: what was wrong; <paramref name="Field"/>: where, without places in lists. <paramref name="Example"/>
/// is the shape of the last such value, never the value.
/// </summary>
public sealed record IngestionProblem(
    string Source,
    string Kind,
    string Field,
    long Count,
    long FirstAt,
    long LastAt,
    string Example
);

/// <summary>Which of them. Days are counted from 1970-01-01; null = all.</summary>
/// <param name="After">The last of the page before.</param>
public sealed record IngestionProblemQuery(
    string? Kind,
    string? Field,
    int FromDay,
    int ToDay,
    (string Source, string Kind, string Field)? After,
    int Limit
);

/// <summary>The counts, in the store, by day; any number of processes add to them.</summary>
public interface IIngestionProblems
{
    /// <summary>Adds counts to those of a day, and forgets the days before <paramref name="keptFrom"/>.</summary>
    ValueTask AddIngestionProblemsAsync(
        int day,
        IReadOnlyList<IngestionProblem> counted,
        int keptFrom,
        CancellationToken cancel = default
    );

    /// <summary>The days asked for together, in the order of source, kind and field.</summary>
    ValueTask<IReadOnlyList<IngestionProblem>> ReadIngestionProblemsAsync(
        IngestionProblemQuery query,
        CancellationToken cancel = default
    );
}

using System.Text;
using System.Text.Json.Nodes;
using Personalization.Ingestion;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Tracking;

namespace Personalization.Platforms;

/// <summary>
/// Takes in what other systems say, written as Segment's calls: read, checked and recorded like those that come to /v1/batch.
/// </summary>
public sealed class PlatformIntake(TrackingIntake intake, IngestionProblems ingestion)
{
    /// <summary>An order of a platform has more to it than an event of a page.</summary>
    const int MaxCallBytes = 256 * 1024;

    /// <param name="source">How it came, for the counts of what could not be used.</param>
    /// <param name="calls">Segment's calls.</param>
    /// <param name="receivedAt">Unix milliseconds.</param>
    /// <param name="settle">Sets who vouches for a call, and where it came from.</param>
    /// <param name="cancel">Cancels the recording.</param>
    /// <returns>How many calls were refused.</returns>
    public async Task<int> TakeAsync(
        string source,
        JsonArray calls,
        long receivedAt,
        Action<IncomingCall> settle,
        CancellationToken cancel
    )
    {
        if (calls.Count == 0)
            return 0;
        var parsed = Parse(calls, receivedAt);
        foreach (var call in parsed.Calls)
            settle(call);
        var problems = new List<ItemProblem>(parsed.Errors);
        await intake.TakeAsync(parsed.Calls, receivedAt, problems, cancel);
        foreach (var call in parsed.Calls)
            ingestion.Count(source, call.Warnings);
        foreach (var problem in problems)
            ingestion.CountRefused(source, problem.Field);
        return problems.Count;
    }

    /// <summary>Reads without recording.</summary>
    public static ParsedBatch Parse(JsonArray calls, long receivedAt)
    {
        var batch = new JsonObject { ["batch"] = calls };
        return TrackingParser.Translated(Encoding.UTF8.GetBytes(batch.ToJsonString()), receivedAt, MaxCallBytes);
    }

    /// <summary>What the shop's own server says.</summary>
    public static void OfServer(IncomingCall call) => call.Trust = Trust.Server;
}

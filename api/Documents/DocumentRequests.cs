using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Personalization.Hosting;
using Personalization.Problems;

namespace Personalization.Documents;

/// <summary>What all changes of documents have in common.</summary>
static class DocumentRequests
{
    const int MaxBy = 200;

    public static Problem? BadBy(string? by) =>
        string.IsNullOrWhiteSpace(by)
            ? Problem.BadField("by", "by is missing.", "Say who decided this; it is audited.")
            : Problem.TooLong(("by", by, MaxBy));

    /// <summary>Reads a body of which every field must be known.</summary>
    public static bool TryRead<T>(JsonElement body, JsonTypeInfo<T> type, out T request, out Problem problem)
        where T : class
    {
        (request, problem) = (null!, null!);
        if (body.ValueKind != JsonValueKind.Object)
            problem = Problem.BadBody("The body is not a JSON object.", "Send a JSON object as described in /docs.");
        else if (UnknownFields.First(body, type) is var (path, nearest))
            problem = Problem.BadField(path, $"{path} is not known here.", $"Did you mean {nearest}?");
        if (problem is not null)
            return false;
        try
        {
            request = body.Deserialize(type)!;
            return true;
        }
        catch (JsonException wrong)
        {
            var field = wrong.Path is { Length: > 2 } at ? at[2..] : "body";
            problem = Problem.BadField(
                field,
                $"{field} is of the wrong type.",
                "Send it as the schema of the body in /docs says."
            );
            return false;
        }
    }
}

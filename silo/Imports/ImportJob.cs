using System.Text.Json.Serialization;
using Personalization.Import;

namespace Personalization.Imports;

/// <summary>Where an import stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportState>))]
public enum ImportState : byte
{
    [JsonStringEnumMemberName("queued")]
    Queued,

    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("done")]
    Done,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

/// <summary>An import that was sent to the server.</summary>
/// <param name="Files">Their names, as they were sent.</param>
/// <param name="Percent">How far it is: reading is the first half, writing the second.</param>
/// <param name="Rows">Of the files; null until it is done, as are the next three.</param>
/// <param name="Imported">Events that were new.</param>
/// <param name="Rejected">Rows that could not be used: GET /v1/imports/{id}/rejects.</param>
/// <param name="Duplicates">Events that had been imported before.</param>
/// <param name="Notes">What there is to say of it, a line each.</param>
/// <param name="Error">Why it failed, and what to do.</param>
public sealed record ImportJob(
    Guid Id,
    ImportState State,
    string Format,
    IReadOnlyList<string> Files,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    int Percent,
    long? Rows,
    long? Imported,
    long? Rejected,
    long? Duplicates,
    IReadOnlyList<string> Notes,
    string? Error
)
{
    [JsonIgnore]
    public bool IsOver => State is ImportState.Done or ImportState.Failed or ImportState.Cancelled;
}

/// <param name="Next">For the next page; missing on the last one.</param>
public sealed record ImportJobs(IReadOnlyList<ImportJob> Imports, string? Next);

/// <summary>A job as it is kept beside its files.</summary>
public sealed record KeptImport(ImportJob Job, ImportOptions Options);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ImportJob))]
[JsonSerializable(typeof(ImportJobs))]
[JsonSerializable(typeof(KeptImport))]
[JsonSerializable(typeof(ServingAt))]
public sealed partial class ImportJson : JsonSerializerContext;

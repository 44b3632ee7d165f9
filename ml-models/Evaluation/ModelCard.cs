using System.Text.Json.Serialization;
using Personalization.Churn;
using Personalization.Models.Training;
using Personalization.Models.Trees;

namespace Personalization.Models.Evaluation;

/// <summary>What is written beside a model: where it comes from and how good it was.</summary>
public sealed record ModelCard
{
    public required string Version { get; init; }
    public required DateTimeOffset TrainedAt { get; init; }
    public required string By { get; init; }

    /// <summary>What trained it, a name of <see cref="ChurnMethods"/>; "built-in trees" are those that ML.NET grew.</summary>
    public required string Trainer { get; init; }

    public required int HorizonDays { get; init; }
    public required DateOnly DataFrom { get; init; }

    /// <summary>Nothing recorded on that day or later was seen.</summary>
    public required DateOnly DataTo { get; init; }

    public required IReadOnlyList<DateOnly> TrainCutoffs { get; init; }

    /// <summary>Null when the data did not reach far enough to judge the model on later days.</summary>
    public required DateOnly? TestCutoff { get; init; }

    public required int Rows { get; init; }
    public required double ChurnRate { get; init; }
    public required int Trees { get; init; }

    /// <summary>Which of ML.NET's trainers grew the trees: "LightGBM" or "FastTree"; null where there are none.</summary>
    public string? TreeTrainer { get; init; }

    public required double FitSeconds { get; init; }
    public required double CrossValidatedLogLoss { get; init; }

    /// <summary>The risk from which customers are warned of.</summary>
    [JsonPropertyName("line")]
    public required float Threshold { get; init; }

    public required Calibration Calibration { get; init; }
    public required PopulationRates Population { get; init; }
    public required BoostingSettings Settings { get; init; }

    /// <summary>On the later cutoff: baselines, this model, and the one in use then ("champion").</summary>
    public required IReadOnlyList<MethodResult> Metrics { get; init; }

    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>How the features were distributed when it was trained; null of models older than this.</summary>
    public IReadOnlyList<FeatureProfile>? Profile { get; init; }
}

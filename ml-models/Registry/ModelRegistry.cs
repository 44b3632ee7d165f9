using System.Text.Json;
using Personalization.Churn;

namespace Personalization.Models;

/// <summary>Churn models on disk, under DATA/models/churn.</summary>
public sealed class ModelRegistry(string data) : ModelFolder<ChurnModel>(data, "churn", "churn model")
{
    /// <summary>The model in use; see <see cref="ModelFolder{TModel}.TryCurrent"/>.</summary>
    public static ChurnModel? TryLoadCurrent(string data, out string? problem) => new ModelRegistry(data).TryCurrent(out problem);

    /// <summary>A version's card; null when it has none.</summary>
    public ModelCard? Card(string version) =>
        CardText(version) is { } text ? JsonSerializer.Deserialize<ModelCard>(text, ModelCard.Json) : null;

    /// <summary>Where the report of a version lies, or belongs.</summary>
    public string ReportOf(string version) => Path.Combine(Folder(version), "report.html");

    /// <summary>Where what is said of versions later belongs: comparisons, drift.</summary>
    public string ReportNamed(string name) => Path.Combine(Root, name + ".html");

    /// <summary>Stores a model. It appears whole or not at all, and is not in use before it is promoted.</summary>
    public void Register(ChurnModel model, ModelCard card) => base.Register(model, card);

    protected override string VersionOf(ChurnModel model) => model.Version;

    protected override void Save(ChurnModel model, Stream stream) => model.Save(stream);

    protected override ChurnModel Read(Stream stream) => ChurnModel.Load(stream);
}

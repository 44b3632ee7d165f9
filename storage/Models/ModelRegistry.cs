using Personalization.Churn;

namespace Personalization.Storage.Models;

/// <summary>Churn models on disk, under DATA/models/churn.</summary>
public sealed class ModelRegistry(string data) : ModelFolder<ChurnModel>(data, "churn", "churn model")
{
    /// <summary>The model in use; see <see cref="ModelFolder{TModel}.TryCurrent"/>.</summary>
    public static ChurnModel? TryLoadCurrent(string data, out string? problem) => new ModelRegistry(data).TryCurrent(out problem);

    /// <summary>Where the report of a version lies, or belongs.</summary>
    public string ReportOf(string version) => Path.Combine(Folder(version), "report.html");

    /// <summary>Where later reports about versions belong: comparisons, drift.</summary>
    public string ReportNamed(string name) => Path.Combine(Root, name + ".html");

    protected override string VersionOf(ChurnModel model) => model.Version;

    protected override void Save(ChurnModel model, Stream stream) => model.Save(stream);

    protected override ChurnModel Read(Stream stream) => ChurnModel.Load(stream);
}

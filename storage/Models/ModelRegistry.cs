using Personalization.Churn;

namespace Personalization.Storage.Models;

/// <summary>Churn models on disk, under DATA/models/churn.</summary>
public sealed class ModelRegistry(string data) : ModelFolder<ChurnModel>(data, "churn", "churn model")
{
    /// <summary>Where the report of a version lies, or belongs.</summary>
    public string ReportOf(string version) => Path.Combine(Folder(version), "report.html");

    /// <summary>Where later reports about versions belong: comparisons, drift.</summary>
    public string ReportNamed(string name) => Path.Combine(Root, name + ".html");
}

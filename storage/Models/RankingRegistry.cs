using Personalization.Recommendations;

namespace Personalization.Storage.Models;

/// <summary>Ranking models on disk, under DATA/models/recommendations.</summary>
public sealed class RankingRegistry(string data) : ModelFolder<RankingModel>(data, "recommendations", "ranking model")
{
    protected override string VersionOf(RankingModel model) => model.Version;

    protected override void Save(RankingModel model, Stream stream) => model.Save(stream);

    protected override RankingModel Read(Stream stream) => RankingModel.Load(stream);
}

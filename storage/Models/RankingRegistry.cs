using Personalization.Recommendations;

namespace Personalization.Storage.Models;

/// <summary>Ranking models on disk, under DATA/models/recommendations.</summary>
public sealed class RankingRegistry(string data) : ModelFolder<RankingModel>(data, "recommendations", "ranking model");

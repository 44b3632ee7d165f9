using Personalization.Churn;

namespace Personalization.Storage.Models;

/// <summary>Value models on disk, under DATA/models/value.</summary>
public sealed class ValueRegistry(string data) : ModelFolder<ValueModel>(data, "value", "value model");

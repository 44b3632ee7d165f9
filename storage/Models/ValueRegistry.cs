using Personalization.Churn;

namespace Personalization.Storage.Models;

/// <summary>Value models on disk, under DATA/models/value.</summary>
public sealed class ValueRegistry(string data) : ModelFolder<ValueModel>(data, "value", "value model")
{
    protected override string VersionOf(ValueModel model) => model.Version;

    protected override void Save(ValueModel model, Stream stream) => model.Save(stream);

    protected override ValueModel Read(Stream stream) => ValueModel.Load(stream);
}

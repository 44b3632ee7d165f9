namespace Personalization.Models;

/// <summary>A trained model that is kept as a file.</summary>
public interface IStoredModel<TSelf>
{
    string Version { get; }

    void Save(Stream stream);

    /// <exception cref="InvalidDataException">The file is damaged or of another kind.</exception>
    static abstract TSelf Load(Stream stream);
}

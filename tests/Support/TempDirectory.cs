namespace Personalization.Support;

/// <summary>A directory of its own for one test, removed with everything in it (and what lies beside it under the same name) at the end.</summary>
public sealed class TempDirectory : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("personalization-").FullName;

    public string Path => System.IO.Path.Combine(_root, "data");

    public string Beside(string name) => System.IO.Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

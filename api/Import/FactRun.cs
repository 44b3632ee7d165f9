using System.Buffers;
using System.Text;
using Orleans.Serialization;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>A run of facts in a temporary file that does not outlive the process, however it ends.</summary>
public sealed class FactRun : IDisposable
{
    static readonly Serializer<ImportedFact> Serializer = new ServiceCollection()
        .AddSerializer()
        .BuildServiceProvider()
        .GetRequiredService<Serializer<ImportedFact>>();

    readonly FileStream _file;
    readonly int _count;

    FactRun(FileStream file, int count) => (_file, _count) = (file, count);

    public static FactRun Write(ImportedFact[] facts, string folder)
    {
        PrivateFiles.MakeDirectory(folder);
        var file = Create(Path.Combine(folder, $"import-{Guid.NewGuid():n}.tmp"));
        using var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true);
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var fact in facts)
        {
            bytes.ResetWrittenCount();
            Serializer.Serialize(fact, bytes);
            writer.Write(bytes.WrittenCount);
            writer.Write(bytes.WrittenSpan);
        }
        writer.Flush();
        file.Position = 0;
        return new FactRun(file, facts.Length);
    }

    /// <summary>
    /// Windows deletes the file with its last handle; elsewhere it loses its name at once and its room with the handle.
    /// </summary>
    static FileStream Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 1 << 16,
        };
        if (OperatingSystem.IsWindows())
            options.Options = FileOptions.DeleteOnClose;
        else
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }

    /// <summary>The facts, once.</summary>
    public IEnumerable<ImportedFact> Read()
    {
        using var reader = new BinaryReader(_file, Encoding.UTF8, leaveOpen: true);
        for (var i = 0; i < _count; i++)
            yield return Serializer.Deserialize(reader.ReadBytes(reader.ReadInt32()))!;
    }

    public void Dispose() => _file.Dispose();
}

using System.Globalization;
using System.Text;

namespace Personalization.Import;

/// <summary>
/// The list of a file's rejected rows, <c>rejects/&lt;file&gt;-&lt;time&gt;.tsv</c> in the data directory: line and reason, never
/// the row itself, which may hold personal data. There is no file until a row is rejected.
/// </summary>
public sealed class RejectsFile(string dataDirectory, string importedFile, DateTimeOffset now) : IDisposable
{
    StreamWriter? writer;

    /// <summary>Where the list is, or would be.</summary>
    public string Path { get; } =
        System.IO.Path.Combine(
            dataDirectory,
            "rejects",
            $"{System.IO.Path.GetFileName(importedFile)}-{now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.tsv"
        );

    public bool Any => writer is not null;

    public void Add(RejectedRow row)
    {
        if (writer is null)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            writer = new StreamWriter(Path, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            writer.Write("line\treason\n");
        }
        var reason = row.Reason.ReplaceLineEndings(" ").Replace('\t', ' ');
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{row.Line}\t{reason}\n"));
    }

    public void Dispose() => writer?.Dispose();
}

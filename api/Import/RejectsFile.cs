using System.Globalization;
using System.Text;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// The list of a file's rejected rows, <c>rejects/&lt;file&gt;-&lt;time&gt;.tsv</c> in the data directory: line and reason, never
/// the row itself, which may hold personal data. There is no file until a row is rejected.
/// </summary>
public sealed class RejectsFile(string dataDirectory, string importedFile, DateTimeOffset now) : IDisposable
{
    const int MaxReasons = 1000;

    readonly Dictionary<string, (long Line, long Count)> _reasons = [];
    StreamWriter? _writer;

    /// <summary>Where the list is, or would be.</summary>
    public string Path { get; } =
        System.IO.Path.Combine(
            dataDirectory,
            "rejects",
            $"{System.IO.Path.GetFileName(importedFile)}-{now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.tsv"
        );

    public bool Any => _writer is not null;

    /// <summary>The reason met most often, and where first. Reasons beyond the first 1,000 are not counted.</summary>
    public (string Reason, long Line) Commonest =>
        _reasons.MaxBy(reason => reason.Value.Count) is var (reason, met) ? (reason, met.Line) : default;

    public void Add(RejectedRow row)
    {
        if (_writer is null)
        {
            PrivateFiles.MakeDirectory(System.IO.Path.GetDirectoryName(Path)!);
            _writer = new StreamWriter(
                PrivateFiles.Open(Path, FileMode.Append),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
            );
            _writer.Write("line\treason\n");
        }
        var reason = row.Reason.ReplaceLineEndings(" ").Replace('\t', ' ');
        if (_reasons.TryGetValue(reason, out var met) || _reasons.Count < MaxReasons)
            _reasons[reason] = (met.Count == 0 ? row.Line : met.Line, met.Count + 1);
        _writer.Write(string.Create(CultureInfo.InvariantCulture, $"{row.Line}\t{reason}\n"));
    }

    public void Dispose() => _writer?.Dispose();
}

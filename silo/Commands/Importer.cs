using System.Globalization;
using System.Text;
using Personalization.Import;
using Personalization.Storage.Files;

namespace Personalization.Commands;

/// <summary>Brings files into a shop: reads, orders, writes in chunks, tells how far it is and what it did.</summary>
/// <param name="target">Takes the facts.</param>
/// <param name="output">Where progress and the result are told.</param>
/// <param name="interactive">A terminal: progress is a bar. Otherwise plain lines.</param>
/// <param name="clock">For the rate, and for the names of reject files.</param>
public sealed class Importer(IImportTarget target, TextWriter output, bool interactive, TimeProvider clock)
{
    /// <summary>Facts per <see cref="IImportTarget.WriteAsync"/>.</summary>
    public const int ChunkSize = 20_000;

    /// <summary>
    /// Imports the files as one history: their facts are ordered in time across files. Ends by telling what was left
    /// out, where the rejected rows are listed, and the result.
    /// </summary>
    /// <param name="calls">Needed for <see cref="ImportFormats.Segment"/> alone.</param>
    /// <param name="followed">Told how far it is, in place of the output.</param>
    /// <exception cref="ImportException">A file cannot be read: nothing has been written then.</exception>
    public async Task<ImportSummary> RunAsync(
        ImportRequest request,
        CallParser? calls = null,
        CancellationToken cancel = default,
        ImportProgress? followed = null
    )
    {
        var reader = ImportFormats.Reader(request, calls);
        var bytes = request.Files.Sum(Size);
        var started = clock.GetTimestamp();
        var rejects = request.Files.Select(file => new RejectsFile(request.Data, file, clock.GetUtcNow())).ToArray();
        var notes = rejects.Select(list => new ImportNotes(list.Add)).ToArray();
        try
        {
            Task<(long, long)> Work(ImportProgress progress) => CopyAsync(request, reader, notes, progress, cancel);
            var (imported, duplicates) =
                followed is not null ? await Work(followed)
                : interactive ? await ImportProgress.OnTerminalAsync(output, bytes, Work)
                : await ImportProgress.InLinesAsync(output, bytes, clock, Work);
            var summary = new ImportSummary(
                imported,
                notes.Sum(note => note.Rejected),
                duplicates,
                notes.Sum(note => note.Rows),
                Together(notes),
                clock.GetElapsedTime(started)
            );
            foreach (var (file, note) in request.Files.Zip(notes).Where(one => one.Second.Charset != "utf-8"))
                Line($"{file} was read as {note.Charset}");
            Tell(summary, rejects);
            return summary;
        }
        finally
        {
            foreach (var list in rejects)
                list.Dispose();
        }
    }

    async Task<(long Imported, long Duplicates)> CopyAsync(
        ImportRequest request,
        FactReader reader,
        ImportNotes[] notes,
        ImportProgress progress,
        CancellationToken cancel
    )
    {
        for (var i = 0; i < notes.Length; i++)
            Look(request, request.Files[i], notes[i]);
        using var sorted = FactSorting.Sort(
            request.Files.SelectMany((file, number) => Facts(file, number, reader, notes[number], progress, cancel)),
            Path.Combine(request.Data, "import")
        );
        long imported = 0,
            duplicates = 0,
            dealtWith = 0;
        await foreach (var chunk in AheadAsync(sorted.Facts().Chunk(ChunkSize)))
        {
            var result = await target.WriteAsync(chunk, cancel);
            imported += result.Imported;
            duplicates += result.Duplicates;
            dealtWith += chunk.Length;
            foreach (var (fact, reason) in result.Refused)
                notes[fact.File].Reject(fact.SourceLine, reason);
            progress.Written(dealtWith, sorted.Count);
        }
        return (imported, duplicates);
    }

    /// <summary>Gets the next chunk ready while the present one is being written.</summary>
    static async IAsyncEnumerable<ImportedFact[]> AheadAsync(IEnumerable<ImportedFact[]> chunks)
    {
        using var each = chunks.GetEnumerator();
        Task<ImportedFact[]?> Next() => Task.Run(() => each.MoveNext() ? each.Current : null);
        var next = Next();
        try
        {
            while (await next is { } chunk)
            {
                next = Next();
                yield return chunk;
            }
        }
        finally
        {
            // Where writing failed: what is being read must not outlive its files.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Finds out what the rows do not say one by one: the file's character set and the order of its dates.</summary>
    static void Look(ImportRequest request, string file, ImportNotes notes) => InFile(file, () =>
        {
            var charset = Charset.Of(() => DataFile.Open(file), request.Charset);
            notes.Charset = charset.Name;
            notes.Zone = request.Zone;
            notes.Written = new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeMilliseconds();
            notes.Dates = request.Dates;
            if (request.Dates != DateOrder.Unknown || ImportFormats.Dates(request) is not { } columns)
                return notes;
            using var content = charset.AsUtf8(DataFile.Open(file));
            notes.Dates = DateOrders.Of(content, columns);
            return notes;
        });

    /// <summary>A file's facts; damage of the file itself names the file.</summary>
    static IEnumerable<ImportedFact> Facts(
        string file,
        int number,
        FactReader reader,
        ImportNotes notes,
        ImportProgress progress,
        CancellationToken cancel
    )
    {
        using var content = Charset.Named(notes.Charset).AsUtf8(DataFile.Open(file, count => progress.Read(count)));
        using var facts = InFile(file, () => reader(content, notes).GetEnumerator());
        while (InFile(file, facts.MoveNext))
        {
            cancel.ThrowIfCancellationRequested();
            facts.Current.File = number;
            yield return facts.Current;
        }
    }

    static T InFile<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException foreign)
        {
            throw new ImportException(
                $"{file} has bytes that are not of its character set; name another with --charset.",
                foreign
            );
        }
        catch (Exception damage)
            when (damage is ImportException or IOException && !damage.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new ImportException($"{file}: {damage.Message}", damage);
        }
    }

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ImportException">It is not there, no file, or empty.</exception>
    public static long Size(string file) =>
        new FileInfo(file) is { Exists: true, Length: var length }
            ? length > 0
                ? length
                : throw new ImportException($"{file} is empty.")
            : Directory.Exists(file)
                ? throw new ImportException($"{file} is a directory; name its files.")
                : throw new ImportException($"There is no file {file}.");

    static LeftOut[] Together(IEnumerable<ImportNotes> notes) =>
        [
            .. notes
                .SelectMany(note => note.LeftOut)
                .GroupBy(left => left.Reason)
                .Select(same => new LeftOut(same.Key, same.Sum(left => left.Count))),
        ];

    void Tell(ImportSummary summary, RejectsFile[] rejects)
    {
        foreach (var (reason, count) in summary.LeftOut)
            Line($"left out {count} rows: {reason}");
        foreach (var list in rejects.Where(list => list.Any))
        {
            var (reason, line) = list.Commonest;
            Line($"rejected rows are listed in {list.Path}; most often, first in line {line}: {reason}");
        }
        var seconds = summary.Took.TotalSeconds;
        var rate = seconds > 0 ? summary.Rows / seconds : 0;
        var (imported, rejected, skipped) = (summary.Imported, summary.Rejected, summary.Duplicates);
        var pace = string.Create(CultureInfo.InvariantCulture, $"in {seconds:F1} s ({rate:F0} rows/s)");
        Line($"imported {imported} events, rejected {rejected}, skipped {skipped} duplicates, {pace}");
    }

    void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>The result of an import. Rows are those of the files, events what was made of them.</summary>
public sealed record ImportSummary(
    long Imported,
    long Rejected,
    long Duplicates,
    long Rows,
    IReadOnlyList<LeftOut> LeftOut,
    TimeSpan Took
)
{
    /// <summary>Nothing was taken, and not because it had been imported before.</summary>
    public bool HasFailed => Imported + Duplicates == 0 && (Rejected > 0 || LeftOut.Count > 0);
}

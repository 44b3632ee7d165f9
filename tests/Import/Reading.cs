using System.Text;
using Personalization.Import;
using Personalization.Storage.Files;
using Personalization.Support;

namespace Personalization.Tests.Import;

/// <summary>Reads texts and files in tests.</summary>
sealed class Reading
{
    public List<RejectedRow> Rejected { get; } = [];
    public ImportNotes Notes { get; }
    public List<ImportedFact> Facts { get; }

    Reading(Stream content, FactReader reader)
    {
        Notes = new ImportNotes(Rejected.Add);
        using var sorted = FactSorting.Sort(reader(content, Notes), Path.GetTempPath());
        Facts = [.. sorted.Facts()];
    }

    public static Reading OfText(string text, FactReader reader)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return new Reading(content, reader);
    }

    public static Reading OfShared(string file, FactReader reader)
    {
        using var content = DataFile.Open(SharedData.Path(file));
        return new Reading(content, reader);
    }

    public static Reading OfCsv(
        string text,
        string map,
        string? events = null,
        string? timeFormat = null,
        string? delimiter = null,
        bool decimalComma = false,
        bool noHeader = false
    )
    {
        var mapping = CsvMapping.Parse(map, events, timeFormat, delimiter, decimalComma, noHeader);
        return OfText(text, (content, notes) => CsvFile.Read(content, notes, mapping));
    }
}

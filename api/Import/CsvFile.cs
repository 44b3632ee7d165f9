namespace Personalization.Import;

public static class CsvFile
{
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes, CsvMapping mapping) => throw new NotImplementedException();
}
